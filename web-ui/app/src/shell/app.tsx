// The whole page: the rail, the place the address names, and what is told at the edge.
import type { ComponentType, JSX } from "preact";

import { useCell } from "../cell";
import { Tellings } from "../parts/tell";
import { Labels } from "../pages/labels/labels";
import { Link } from "../pages/link/link";
import { More } from "../pages/more/more";
import { Orders } from "../pages/orders/orders";
import { Scan } from "../pages/scan/scan";
import { Sensors } from "../pages/sensors/sensors";
import { Settings } from "../pages/settings/settings";
import { Stock } from "../pages/stock/stock";
import { Today } from "../pages/today/today";
import { Empty } from "../parts/loading";
import { Head, Pane } from "../parts/page";
import { route } from "../route";
import { language, say } from "../words/say";
import { AwayBanner, useAwayShown } from "./away";
import { Rail } from "./rail";

function Nowhere(): JSX.Element {
  return (
    <Pane name="nowhere">
      <Head title={say("nowhere")} />
      <Empty icon="unknown" title={say("nowhere_text")}>
        <a class="button" href="/">{say("place_today")}</a>
      </Empty>
    </Pane>
  );
}

const PAGES: Record<string, ComponentType> = {
  "/": Today, "/orders": Orders, "/stock": Stock, "/labels": Labels, "/sensors": Sensors,
  "/link": Link, "/settings": Settings, "/scan": Scan, "/more": More,
};

export function App(): JSX.Element {
  const { path } = useCell(route);
  const { tag } = useCell(language);
  const away = useAwayShown();
  const Page = Object.hasOwn(PAGES, path) ? PAGES[path]! : Nowhere;
  // The language is the key: changing it draws every word anew.
  return (
    <div class={away ? "frame is-away" : "frame"} key={tag}>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.querySelector<HTMLElement>("#main h1")?.focus();
      }}>{say("skip")}</a>
      <Rail />
      <main class="main" id="main">
        <AwayBanner shown={away} />
        <Page key={path} />
      </main>
      <Tellings />
    </div>
  );
}
