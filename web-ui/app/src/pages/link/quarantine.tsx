// Events that HQ refuses: what they are, why, and what can be done about each.
import type { JSX } from "preact";

import { useCommand } from "../../live/command";
import { useFollowed } from "../../live/followed";
import type { QuarantinedRow } from "../../live/rows";
import { Ask } from "../../parts/ask";
import { Refusal, Submit } from "../../parts/form";
import { Block } from "../../parts/page";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { number } from "../../words/format";
import { say } from "../../words/say";

const SHOWN = 20;

function Resend({ row }: { row: QuarantinedRow }): JSX.Element {
  const form = useCommand();
  return (
    <>
      <Refusal answer={form.refusal} />
      <Submit form={form} kind="plain" onClick={() => form.send(
        "event.resend", { event: row.event }, () => tell(say("did_resend")))}>
        {say("do_resend")}
      </Submit>
    </>
  );
}

function Event({ row }: { row: QuarantinedRow }): JSX.Element {
  return (
    <li class="refused-event">
      <p>
        <strong><bdi>{row.type}</bdi></strong>{" "}
        <bdi>{row.subject}</bdi>{" "}
        <span class="quiet">{number(row.event)} · <When at={row.at} /></span>
      </p>
      <p><bdi>{row.message === undefined ? row.code : `${row.message} (${row.code})`}</bdi></p>
      {row.resent === true
        ? <State tone="attention" word={say("event_resent")} />
        : (
          <div class="refused-actions">
            <Resend row={row} />
            <Ask type="event.dismiss" data={{ event: row.event }} verb={say("do_dismiss")} danger
              fields={[{ name: "reason", word: "dismiss_reason", required: true }]}
              done={() => say("did_dismiss")} />
          </div>
        )}
    </li>
  );
}

export function Quarantine(): JSX.Element | null {
  const asked = useFollowed<{ rows: QuarantinedRow[]; count: number }>(
    "link", "quarantine.list", { limit: SHOWN });
  const rows = asked.answer?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <Block title={say("quarantine")}>
      <p class="quiet">{say("quarantine_hint")}</p>
      <ul class="refused-events" aria-label={say("quarantine")}>
        {rows.map((row) => <Event key={row.event} row={row} />)}
      </ul>
      {(asked.answer?.count ?? 0) > rows.length && (
        <p class="quiet">{say("quarantine_more", { count: asked.answer?.count ?? 0 })}</p>
      )}
    </Block>
  );
}
