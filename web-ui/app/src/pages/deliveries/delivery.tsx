// One announced delivery: every scan receives one, or as many as were counted; what is missing,
// too much or broken stays visible when it is closed.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { byAssociate } from "../../live/associate";
import { useCommand } from "../../live/command";
import { useFollowed } from "../../live/followed";
import { useSeries } from "../../live/series";
import type { DeliveryLine, DeliveryRow } from "../../live/work_rows";
import { Ask } from "../../parts/ask";
import { Refusal, Submit } from "../../parts/form";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail } from "../../parts/page";
import { ScanEntry } from "../../parts/scan_entry";
import { useScans } from "../../parts/scans";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";

const OPEN: readonly string[] = ["announced", "receiving"];

function linesOf(delivery: DeliveryRow): readonly DeliveryLine[] {
  return delivery.lines ?? [];
}

function missing(line: DeliveryLine): number {
  return Math.max(0, (line.expected ?? 0) - (line.received ?? 0) - (line.damaged ?? 0));
}

interface LineProps {
  delivery: string;
  line: DeliveryLine;
  open: boolean;
  onDamaged: () => void;
}

function Line({ delivery, line, open, onDamaged }: LineProps): JSX.Element {
  const form = useCommand();
  const name = line.name ?? line.sku;
  const amount = (value: number | undefined): string => quantity(value ?? 0, line.sold_by);
  const rest = missing(line);
  const over = (line.received ?? 0) + (line.damaged ?? 0) - (line.expected ?? 0);
  return (
    <li>
      <span class="line-what">
        <bdi>{name}</bdi>
        <small class="quiet code">{line.sku}</small>
        <small>
          {say("received_of", { amount: amount(line.received), of: amount((line.expected ?? 0)) })}
          {(line.damaged ?? 0) > 0 && <> · {say("damaged_some", {
            amount: amount(line.damaged),
          })}</>}
        </small>
        {over > 0 && (
          <State tone="attention" word={say("over_some", { amount: amount(over) })} />
        )}
        <Refusal answer={form.refusal} />
      </span>
      {open && rest > 0 && (
        <Submit form={form} kind="plain" onClick={() => form.send("delivery.receive", {
          delivery, sku: line.sku, quantity: rest, ...byAssociate(),
        }, () => tell(say("did_receive", { amount: amount(rest), name })))}>
          {say("do_receive_some", { amount: amount(rest) })}
        </Submit>
      )}
      {open && (
        <button type="button" class="button" onClick={onDamaged}>{say("do_damaged")}</button>
      )}
    </li>
  );
}

function Receive({ delivery }: { delivery: DeliveryRow }): JSX.Element {
  const scans = useScans("delivery.receive", (sku, code, amount) => {
    const line = linesOf(delivery).find((each) => each.sku === sku);
    const count = amount ?? 1;
    return {
      data: { delivery: delivery.delivery, quantity: count, ...byAssociate() },
      said: say("did_receive", {
        amount: quantity(count, line?.sold_by), name: line?.name ?? sku ?? code,
      }),
    };
  });
  return (
    <section class="pick-panel" aria-label={say("receive_now")}>
      <ScanEntry label={say("receive_code")} verb={say("do_receive")} scans={scans} />
    </section>
  );
}

/** Everything that is still missing came as it was announced: who has counted says it once. */
function ReceiveAll({ delivery }: { delivery: DeliveryRow }): JSX.Element {
  const form = useSeries();
  const lines = linesOf(delivery).filter((line) => missing(line) > 0);
  const submit = (event: Event): void => {
    event.preventDefault();
    form.send(lines.map((line) => ({
      key: line.sku, type: "delivery.receive",
      data: {
        delivery: delivery.delivery, sku: line.sku, quantity: missing(line), ...byAssociate(),
      },
    })), () => tell(say("did_receive_lines", { count: lines.length })));
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Refusal answer={form.refusal} />
      <Submit form={form}>{say("do_receive_all")}</Submit>
    </form>
  );
}

type Aside = "short" | "cancel" | null;

function Foot({ delivery }: { delivery: DeliveryRow }): JSX.Element {
  const [aside, setAside] = useState<Aside>(null);
  const keep = (): void => setAside(null);
  const data = { delivery: delivery.delivery, ...byAssociate() };
  const begun = delivery.state === "receiving";
  const short = linesOf(delivery).some((line) => missing(line) > 0);
  if (aside === "cancel")
    return (
      <Ask type="delivery.cancel" data={data} verb={say("do_cancel_delivery")} danger
        fields={[{ name: "reason", word: "reason" }]} onKeep={keep}
        done={() => say("did_cancel_delivery")} />
    );
  if (aside === "short" && short)
    return (
      <Ask type="delivery.close" data={data} fields={[]} verb={say("do_close_short")} danger
        means={say("close_delivery_short")} onKeep={keep}
        done={() => say("did_close_delivery")} />
    );
  if (!short)
    return (
      <Ask type="delivery.close" data={data} fields={[]} verb={say("do_close_delivery")}
        done={() => say("did_close_delivery")} />
    );
  return (
    <div class="stack">
      <ReceiveAll delivery={delivery} />
      <div class="buttons">
        <button type="button" class="button" onClick={() => setAside("short")}>
          {say("do_close_short")}
        </button>
        {!begun && (
          <button type="button" class="button button-quiet" onClick={() => setAside("cancel")}>
            {say("do_cancel_delivery")}
          </button>
        )}
      </div>
    </div>
  );
}

export function DeliveryDetail({ id }: { id: string }): JSX.Element {
  const asked = useFollowed<DeliveryRow>("delivery", "delivery.get", { delivery: id });
  const [damaged, setDamaged] = useState<DeliveryLine | null>(null);
  const delivery = asked.answer;
  const label = say("delivery_named", { delivery: id });
  if (delivery === null)
    return (
      <Detail part="delivery" label={label} title={<bdi>{id}</bdi>}>
        {asked.known ? <Empty icon="unknown" title={say("delivery_unknown")} /> : <Patience />}
      </Detail>
    );
  const open = OPEN.includes(delivery.state);
  return (
    <Detail part="delivery" label={label} title={<bdi>{delivery.sender || id}</bdi>}
      kicker={<bdi class="code">{delivery.delivery}</bdi>}
      foot={open ? <Foot delivery={delivery} /> : null}>
      <div class="detail-state">
        <State tone={open ? "plain" : "ok"}
          word={sayOr(`delivery_${delivery.state}`, delivery.state)} />
        <span class="quiet"><When at={delivery.expected} as="due" /></span>
      </div>
      {damaged !== null && (
        <section class="pick-panel">
          <Ask type="delivery.receive" verb={say("do_damaged")}
            data={{ delivery: id, sku: damaged.sku, ...byAssociate() }}
            means={say("damaged_means", { name: damaged.name ?? damaged.sku })}
            fields={[{ name: "damaged", word: "quantity", kind: "decimal", required: true }]}
            done={() => say("did_damaged", { name: damaged.name ?? damaged.sku })}
            onDone={() => setDamaged(null)} onKeep={() => setDamaged(null)} focus />
        </section>
      )}
      {open && damaged === null && <Receive delivery={delivery} />}
      <Block title={say("announced")}>
        <ul class="lines-list">
          {linesOf(delivery).map((line) => (
            <Line key={line.sku} delivery={id} line={line} open={open}
              onDamaged={() => setDamaged(line)} />
          ))}
        </ul>
      </Block>
    </Detail>
  );
}
