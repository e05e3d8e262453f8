// The whole page: the rail, the place the address names, and what is told at the edge.
import type { JSX } from "preact";

import { useCell } from "../cell";
import { Tellings } from "../parts/tell";
import { Empty, Fault, Patience } from "../parts/loading";
import { Head, Pane } from "../parts/page";
import { route } from "../route";
import { language, say } from "../words/say";
import { AwayBanner, useAwayShown } from "./away";
import { isPlace, openAnew, usePage } from "./pages";
import { placeAt } from "./places";
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

/** A place whose page is not here yet, or cannot be had. */
function Waiting({ path, failed }: { path: string; failed: boolean }): JSX.Element {
  const place = placeAt(path);
  return (
    <Pane name="waiting">
      <Head title={place === undefined ? "" : say(place.word)} />
      {failed ? <Fault text={say("page_not_here")} again={openAnew} /> : <Patience />}
    </Pane>
  );
}

function PageAt({ path }: { path: string }): JSX.Element {
  const shown = usePage(path);
  const Page = shown.page;
  if (Page !== null) return <Page key={shown.path} />;
  return <Waiting path={path} failed={shown.phase === "failed"} />;
}

export function App(): JSX.Element {
  const { path } = useCell(route);
  const { tag } = useCell(language);
  const away = useAwayShown();
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
        {isPlace(path) ? <PageAt path={path} /> : <Nowhere />}
      </main>
      <Tellings />
    </div>
  );
}
