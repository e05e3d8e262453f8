// One transfer: what was sent, and what the other store says that it got. A difference is kept.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { byAssociate } from "../../live/associate";
import { useCommand } from "../../live/command";
import { useFollowed } from "../../live/followed";
import type { TransferLine, TransferRow } from "../../live/work_rows";
import { Ask } from "../../parts/ask";
import { Field, readDecimal, Refusal, Submit } from "../../parts/form";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail } from "../../parts/page";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";

function linesOf(transfer: TransferRow): readonly TransferLine[] {
  return transfer.lines ?? [];
}

function Confirm({ transfer }: { transfer: TransferRow }): JSX.Element {
  const form = useCommand();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const textOf = (line: TransferLine): string => texts[line.sku] ?? String(line.sent);
  const lines = linesOf(transfer).map((line) => ({
    sku: line.sku, quantity: readDecimal(textOf(line)) ?? -1,
  }));
  const complete = lines.every((line) => line.quantity >= 0);
  return (
    <form class="stack" onSubmit={(event) => {
      event.preventDefault();
      if (!complete) return;
      form.send("transfer.confirm", {
        transfer: transfer.transfer, lines, ...byAssociate(),
      }, () => tell(say("did_confirm_transfer")));
    }}>
      <p class="quiet">{say("confirm_means")}</p>
      {linesOf(transfer).map((line) => (
        <Field key={line.sku} kind="decimal" label={line.name ?? line.sku} value={textOf(line)}
          onInput={(text) => setTexts((old) => ({ ...old, [line.sku]: text }))} />
      ))}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!complete}>{say("do_confirm_transfer")}</Submit>
      </div>
    </form>
  );
}

/** What did not arrive was lost on the way, or it never left. */
function Settle({ transfer }: { transfer: TransferRow }): JSX.Element {
  return (
    <Ask type="transfer.settle" verb={say("do_settle")} done={() => say("did_settle")}
      data={{ transfer: transfer.transfer, ...byAssociate() }} means={say("settle_means")}
      fields={[{
        name: "outcome", word: "settle_how", kind: "choice", initial: "lost",
        options: [
          { value: "lost", word: say("settle_lost") },
          { value: "found", word: say("settle_found") },
        ],
      }, { name: "reason", word: "reason" }]} />
  );
}

function Foot({ transfer }: { transfer: TransferRow }): JSX.Element | null {
  const [cancelling, setCancelling] = useState(false);
  const keep = (): void => setCancelling(false);
  if (transfer.state === "differs") return <Settle transfer={transfer} />;
  if (transfer.state !== "sent") return null;
  if (cancelling)
    return (
      <Ask type="transfer.cancel" verb={say("do_cancel_transfer")} danger onKeep={keep} focus
        data={{ transfer: transfer.transfer, ...byAssociate() }} onDone={keep}
        means={say("cancel_transfer_means")} done={() => say("did_cancel_transfer")}
        fields={[{ name: "reason", word: "reason" }]} />
    );
  return (
    <div class="stack">
      <Confirm transfer={transfer} />
      <div class="buttons">
        <button type="button" class="button button-quiet" onClick={() => setCancelling(true)}>
          {say("do_cancel_transfer")}
        </button>
      </div>
    </div>
  );
}

export function TransferDetail({ id }: { id: string }): JSX.Element {
  const asked = useFollowed<TransferRow>("transfer", "transfer.get", { transfer: id });
  const transfer = asked.answer;
  const label = say("transfer_named", { transfer: id });
  if (transfer === null)
    return (
      <Detail part="transfer" label={label} title={<bdi>{id}</bdi>}>
        {asked.known ? <Empty icon="unknown" title={say("transfer_unknown")} /> : <Patience />}
      </Detail>
    );
  return (
    <Detail part="transfer" label={label} title={say("to_store", { store: transfer.to ?? "" })}
      kicker={<bdi class="code">{transfer.transfer}</bdi>}
      foot={<Foot transfer={transfer} />}>
      <div class="detail-state">
        <State tone="plain" word={sayOr(`transfer_${transfer.state}`, transfer.state)} />
        <span class="quiet"><When at={transfer.since} as="since" /></span>
      </div>
      <Block title={say("sent_lines")}>
        <ul class="lines-list">
          {linesOf(transfer).map((line) => (
            <li key={line.sku}>
              <span class="line-what">
                <bdi>{line.name ?? line.sku}</bdi><small class="quiet code">{line.sku}</small>
              </span>
              <strong>{quantity(line.sent, line.sold_by)}</strong>
              {line.received !== undefined && line.received !== null && (
                <span class="quiet">{say("arrived_some", {
                  amount: quantity(line.received, line.sold_by),
                })}</span>
              )}
            </li>
          ))}
        </ul>
      </Block>
    </Detail>
  );
}
