// The clock: whose time the store goes by, beside the other clocks there are; and where it is
// doubted, the form by which a person vouches for the right one.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { associate } from "../../live/associate";
import { clock, nowMs } from "../../live/clock";
import { useCommand } from "../../live/command";
import { useFollowed } from "../../live/followed";
import type { ClockAnswer } from "../../live/rows";
import { Field, Refusal, Select, Submit } from "../../parts/form";
import { Fault, Patience } from "../../parts/loading";
import { Block, Facts } from "../../parts/page";
import { State } from "../../parts/state";
import type { Tone } from "../../parts/state";
import { tell } from "../../parts/tell";
import { millis, When } from "../../parts/when";
import { absolute } from "../../words/format";
import { say } from "../../words/say";

// Clocks that are further apart are not both right: as the node sees it.
const APART_MS = 5 * 60000;

/** What another clock says now, when the node's time is the page's. */
function elsewhere(asked: ClockAnswer, at: string): number {
  return nowMs() + (millis(at) ?? 0) - (millis(asked.time) ?? 0);
}

/** Of a clock that is good only another time can be said: it is what the store goes by. */
function Vouch({ good, done }: { good: boolean; done: () => void }): JSX.Element {
  const form = useCommand();
  const [chosen, setChoice] = useState("store");
  const choice = good ? "neither" : chosen;
  const [time, setTime] = useState("");
  const [name, setName] = useState(associate.value);
  const typed = new Date(time).getTime();
  const complete = name.trim() !== "" && (choice !== "neither" || !Number.isNaN(typed));
  const submit = (event: Event): void => {
    event.preventDefault();
    const what = choice === "neither" ? { time: new Date(typed).toISOString() }
      : { clock: choice };
    if (complete)
      form.send("clock.vouch", { ...what, associate: name.trim() }, () => {
        tell(say("did_vouch"));
        done();
      });
  };
  return (
    <form class="stack ask" onSubmit={submit}>
      <p class="quiet">{say("vouch_hint")}</p>
      {!good && (
        <Select label={say("vouch_which")} value={choice} onChange={setChoice} options={[
          { value: "store", word: say("node_time") },
          { value: "machine", word: say("clock_machine") },
          { value: "neither", word: say("vouch_neither") },
        ]} />
      )}
      {choice === "neither" && (
        <Field label={say("vouch_time")} value={time} onInput={setTime} kind="moment" required />
      )}
      <Field label={say("your_name")} value={name} onInput={setName} required />
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!complete}>{say("do_vouch")}</Submit>
      </div>
    </form>
  );
}

function Clocks({ asked }: { asked: ClockAnswer }): JSX.Element {
  const tone: Tone = asked.state === "good" ? "ok"
    : asked.source === "kept" ? "problem" : "attention";
  return (
    <Facts pairs={[
      [say("node_time"), absolute(nowMs())],
      [say("clock_source"), (
        <>
          <State tone={tone} word={say(`clock_source_${asked.source}`)} />
          {asked.since === null ? null
            : <span class="quiet"> · <When at={asked.since} as="since" /></span>}
        </>
      )],
      [say("clock_machine"), absolute(elsewhere(asked, asked.machine))],
      [say("hq_clock"), asked.hq === undefined ? "" : absolute(elsewhere(asked, asked.hq))],
    ]} />
  );
}

export function ClockBlock(): JSX.Element {
  useCell(clock);
  const { answer: asked, known, fault, again } = useFollowed<ClockAnswer>(
    "status", "clock.get", {});
  const [open, setOpen] = useState(false);
  const apart = asked?.hq !== undefined
    && Math.abs(elsewhere(asked, asked.hq) - nowMs()) > APART_MS;
  const doubted = asked !== null
    && (asked.source === "kept" || (apart && asked.source !== "person"));
  const done = (): void => {
    setOpen(false);
    again();
  };
  return (
    <Block title={say("clock")}>
      {fault !== "" && <Fault text={fault} again={again} />}
      {!known && <Patience />}
      {asked !== null && <Clocks asked={asked} />}
      {asked !== null && asked.source !== "server" && (doubted || open) && (
        <Vouch good={asked.state === "good"} done={done} />
      )}
      {asked !== null && asked.source !== "server" && !doubted && !open && (
        <button type="button" class="button prices-button" onClick={() => setOpen(true)}>
          {say("do_doubt")}
        </button>
      )}
    </Block>
  );
}
