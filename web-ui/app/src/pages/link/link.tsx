// HQ link: is HQ there, what waits for it, and since when. HQ away is a fact, not an error: the
// store works whole without it, and the page says so.
import type { JSX } from "preact";

import { useCell } from "../../cell";
import { clock, nowMs } from "../../live/clock";
import { useNoun } from "../../live/nouns";
import type { Certificate, Down, Lane, LinkRow, Restored } from "../../live/rows";
import { Icon } from "../../parts/icon";
import type { IconName } from "../../parts/icon";
import { Empty, WhenReady } from "../../parts/loading";
import { Block, Facts, Head, Pane } from "../../parts/page";
import { State } from "../../parts/state";
import type { Tone } from "../../parts/state";
import { millis, When } from "../../parts/when";
import { dayOf, number, since, span } from "../../words/format";
import { say, sayOr } from "../../words/say";
import { Comparisons } from "./comparisons";
import { Quarantine } from "./quarantine";

type Pairs = Parameters<typeof Facts>[0]["pairs"];

const STATE_ICON: Record<LinkRow["state"], IconName> = { up: "link", down: "away", off: "link" };

const CERTIFICATE_TONE: Record<Certificate["state"], Tone> = {
  good: "ok", soon: "attention", urgent: "problem", over: "problem", clock: "problem",
  unreadable: "attention",
};

/** How long the link's certificate lasts; what is wrong with it, in the node's own words. */
function CertificateFact({ certificate }: { certificate: Certificate }): JSX.Element {
  const { state, days, until, text } = certificate;
  const lasts = state === "good" || state === "soon" || state === "urgent";
  return (
    <div class="fact-words">
      <State tone={CERTIFICATE_TONE[state]}
        word={lasts ? say("certificate_days", { count: days, date: dayOf(until ?? "") })
          : say(`what_certificate_${state}`)} />
      {state === "good" ? null : <p><bdi>{text}</bdi></p>}
    </div>
  );
}

/** Nobody's clock is the right one: by how much HQ's is off the store's. */
function ClockFact({ minutes, apart }: { minutes: number; apart: boolean }): JSX.Element {
  if (minutes === 0) return <>{say("hq_clock_same")}</>;
  const word = say(minutes > 0 ? "hq_clock_ahead" : "hq_clock_behind",
    { count: Math.abs(minutes) });
  return apart ? <State tone="attention" word={word} /> : <>{word}</>;
}

/** How much of what the ledger forgot has come back from HQ, and what has not. */
function RestoredFact({ restored }: { restored: Restored }): JSX.Element {
  const { at, merged, withdrawn, done, until, lost } = restored;
  const counts = { count: merged, withdrawn };
  return (
    <div class="fact-words">
      {at === null ? null : <When at={at} />}
      <p>{say(done ? "restored_done" : "restored_coming", counts)}</p>
      {lost === 0 ? null : (
        <State tone="attention"
          word={say("restored_lost", { count: lost, time: since(millis(until) ?? 0) })} />
      )}
    </div>
  );
}

/** What HQ sends and is not here yet: at the first contact, the whole catalogue. */
function Coming({ name, down }: { name: string; down: Down }): JSX.Element {
  return (
    <label class="coming">
      <span>{say(name === "orders" ? "coming_orders" : "coming_catalogue",
        { count: down.taken, total: down.head })}</span>
      <progress max={down.head} value={down.taken} />
    </label>
  );
}

function sentence(link: LinkRow): string {
  const time = since(millis(link.since) ?? nowMs());
  if (link.state === "up")
    return link.backlog === 0 ? say("hq_up_since", { time })
      : say("hq_up_waiting", { time, count: link.backlog });
  if (link.state === "down") return say("hq_down_since", { time, count: link.backlog });
  return say("hq_off_text");
}

function Oldest({ at }: { at: string | null | undefined }): JSX.Element {
  useCell(clock);
  const ms = millis(at);
  if (ms === null) return <span class="quiet">{say("nothing_waits")}</span>;
  return <span title={at ?? ""}>{span(nowMs() - ms)}</span>;
}

function LaneRow({ name, lane }: { name: string; lane: Lane }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        {sayOr(`lane_${name}`, name)}
        {lane.thinned ? (
          <span class="quiet"> · {say("lane_thinned", { count: lane.thinned })}</span>
        ) : null}
      </th>
      <td class={lane.backlog > 0 ? "numeric strong" : "numeric"}>{number(lane.backlog)}</td>
      <td class="numeric"><Oldest at={lane.oldest} /></td>
      <td class="numeric wide-only">{lane.acked === undefined ? "" : number(lane.acked)}</td>
      <td class="numeric wide-only">{lane.head === undefined ? "" : number(lane.head)}</td>
    </tr>
  );
}

function Lanes({ link }: { link: LinkRow }): JSX.Element {
  return (
    <table class="lanes">
      <thead>
        <tr>
          <th scope="col">{say("lane")}</th>
          <th scope="col" class="numeric">{say("lane_waiting")}</th>
          <th scope="col" class="numeric">{say("lane_oldest")}</th>
          <th scope="col" class="numeric wide-only">{say("lane_acked")}</th>
          <th scope="col" class="numeric wide-only">{say("lane_head")}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(link.lanes ?? {}).map(([name, lane]) => (
          <LaneRow key={name} name={name} lane={lane} />
        ))}
      </tbody>
    </table>
  );
}

function LinkBody({ link }: { link: LinkRow }): JSX.Element {
  return (
    <div class="link-body">
      <section class={`answer link-answer link-${link.state}`} aria-live="polite">
        <span class="answer-icon"><Icon name={STATE_ICON[link.state]} size={36} /></span>
        <div>
          <p class="answer-sentence">{sentence(link)}</p>
          {link.last_ack ? (
            <p class="answer-since">{say("last_ack")} <When at={link.last_ack} /></p>
          ) : null}
        </div>
      </section>
      <dl class="link-figures">
        <div><dt>{say("lane_waiting")}</dt><dd>{number(link.backlog)}</dd></div>
        <div>
          <dt>{say("oldest_waiting")}</dt>
          <dd><Oldest at={link.oldest_unacknowledged} /></dd>
        </div>
        <div>
          <dt>{say("round_trip")}</dt>
          <dd>{link.round_trip_ms === null || link.round_trip_ms === undefined
            ? <span class="quiet">{say("no_value")}</span>
            : say("milliseconds", { count: link.round_trip_ms })}</dd>
        </div>
      </dl>
      {Object.entries(link.down ?? {}).map(([name, down]) => down.head > down.taken
        ? <Coming key={name} name={name} down={down} /> : null)}
      <Quarantine />
      <Block title={say("lanes")}><Lanes link={link} /></Block>
      <Block title={say("link_facts")}>
        <Facts pairs={[
          [say("hq_address"), <bdi>{link.hq}</bdi>],
          ...(link.fallback ? [[say("hq_fallback"), <bdi>{link.fallback}</bdi>]] : []) as Pairs,
          [say("certificate"), link.certificate
            ? <CertificateFact certificate={link.certificate} /> : say("none")],
          [say("last_ack"), link.last_ack ? <When at={link.last_ack} /> : say("never")],
          ...(link.hq_clock
            ? [[say("hq_clock"), <ClockFact {...link.hq_clock} />]] : []) as Pairs,
          [say("last_error"), link.last_error ? <bdi>{link.last_error}</bdi> : say("none")],
          ...(link.restored
            ? [[say("restored"), <RestoredFact restored={link.restored} />]] : []) as Pairs,
        ]} />
      </Block>
      <Comparisons link={link} />
    </div>
  );
}

export function Link(): JSX.Element {
  const noun = useNoun("link");
  return (
    <Pane name="link">
      <Head title={say("place_link")} />
      <WhenReady noun={noun}>
        {() => {
          const link = noun.rows.get("hq");
          return link === undefined
            ? <Empty icon="link" title={say("hq_unknown")} /> : <LinkBody link={link} />;
        }}
      </WhenReady>
    </Pane>
  );
}
