// Start: the words first, then the page, then the line to the node.
import { render } from "preact";

import "./shell/shell.css";

import { startClock } from "./live/clock";
import { connection } from "./live/connection";
import { startNouns } from "./live/nouns";
import { route, startRouting } from "./route";
import { resolveScan } from "./scan/resolve";
import { startWedge } from "./scan/wedge";
import { App } from "./shell/app";
import { startKeys } from "./shell/keys";
import { loadPage, startPages } from "./shell/pages";
import { startWords } from "./words/say";

async function start(): Promise<void> {
  startNouns();
  connection.start();
  startClock();
  startRouting();
  startWedge((code) => void resolveScan(code));
  startKeys();
  await Promise.all([startWords(), loadPage(route.value.path)]);
  const place = document.getElementById("app");
  if (place !== null) render(<App />, place);
  startPages();
}

void start();
