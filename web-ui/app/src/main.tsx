// Start: the words first, then the page, then the line to the node.
import { render } from "preact";

// First, so that the styles of a page may refine these.
import "./shell/shell.css";

import { startClock } from "./live/clock";
import { connection } from "./live/connection";
import { startNouns } from "./live/nouns";
import { startRouting } from "./route";
import { resolveScan } from "./scan/resolve";
import { startWedge } from "./scan/wedge";
import { App } from "./shell/app";
import { startKeys } from "./shell/keys";
import { startWords } from "./words/say";

async function start(): Promise<void> {
  startNouns();
  connection.start();
  startClock();
  startRouting();
  startWedge((code) => void resolveScan(code));
  startKeys();
  await startWords();
  const place = document.getElementById("app");
  if (place !== null) render(<App />, place);
}

void start();
