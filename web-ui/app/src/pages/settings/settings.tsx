// Settings: what this node is, who can reach it, and the language of this browser.
import type { JSX } from "preact";

import { useCell } from "../../cell";
import { clock, clockErrorMs } from "../../live/clock";
import { connection } from "../../live/connection";
import type { Hello } from "../../live/rows";
import { Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Patience } from "../../parts/loading";
import { Block, Facts, Head, Pane } from "../../parts/page";
import { number, span } from "../../words/format";
import { language, LANGUAGES, say, setLanguage } from "../../words/say";
import { ClockBlock } from "./clock";
import { PolicyBlock } from "./policy";

// Below this the difference is the way of the message, not the clock.
const CLOCK_NOTABLE_MS = 5000;

function Reach({ hello }: { hello: Hello }): JSX.Element {
  const open = hello.open_to_network === true;
  return (
    <div class={open ? "reach reach-open" : "reach"}>
      <Icon name={open ? "attention" : "ok"} />
      <p>
        <strong>{say(open ? "reach_open" : "reach_closed")}</strong>{" "}
        {say(open ? "reach_open_text" : "reach_closed_text")}
      </p>
    </div>
  );
}

function Node({ hello }: { hello: Hello }): JSX.Element {
  return (
    <Facts pairs={[
      [say("store_name"), <bdi>{hello.name}</bdi>],
      [say("store_id"), <span class="code">{hello.store}</span>],
      [say("currency"), hello.currency ?? ""],
      [say("version"), <span class="code">{hello.version}</span>],
      [say("epoch"), <span class="code">{hello.epoch}</span>],
      [say("sequence"), number(hello.sequence)],
    ]} />
  );
}

/** This browser's machine shows the node's times, but by its own clock people set their watches. */
function BrowserClock(): JSX.Element {
  useCell(clock);
  const off = clockErrorMs();
  return (
    <Facts pairs={[
      [say("clock_off"), Math.abs(off) < CLOCK_NOTABLE_MS ? say("clock_right")
        : say(off > 0 ? "clock_ahead" : "clock_behind", { time: span(off) })],
    ]} />
  );
}

export function Settings(): JSX.Element {
  const hello = useCell(connection.hello);
  const chosen = useCell(language);
  const choose = (tag: string): void => {
    const next = LANGUAGES.find((each) => each.tag === tag);
    if (next !== undefined) void setLanguage(next, true);
  };
  return (
    <Pane name="settings">
      <Head title={say("place_settings")} />
      <div class="settings">
        <Block title={say("node")}>
          {hello === null ? <Patience /> : <><Reach hello={hello} /><Node hello={hello} /></>}
        </Block>
        <ClockBlock />
        <PolicyBlock />
        <Block title={say("this_browser")}>
          <Select label={say("language")} value={chosen.tag} onChange={choose}
            options={LANGUAGES.map((each) => ({ value: each.tag, word: each.name }))} />
          <p class="quiet">{say("colours_hint")}</p>
          <BrowserClock />
        </Block>
        <Block title={say("keys")}>
          <dl class="keys">
            <div><dt><kbd>/</kbd></dt><dd>{say("key_search")}</dd></div>
            <div><dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>{say("key_walk")}</dd></div>
            <div><dt><kbd>Esc</kbd></dt><dd>{say("key_close")}</dd></div>
            <div><dt><Icon name="scan" /></dt><dd>{say("key_scan")}</dd></div>
          </dl>
        </Block>
      </div>
    </Pane>
  );
}
