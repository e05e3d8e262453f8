// Deliveries: what is announced, and receiving it; also what came without a word.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { useFollowed } from "../../live/followed";
import { useSeries } from "../../live/series";
import type { DeliveryRow } from "../../live/work_rows";
import { BasketLines, useBasket } from "../../parts/basket";
import { Refusal, Submit } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Block, Head, Split } from "../../parts/page";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { hrefWith, route } from "../../route";
import { say, sayOr } from "../../words/say";
import { DeliveryDetail } from "./delivery";

function DeliveryLink({ delivery }: { delivery: DeliveryRow }): JSX.Element {
  return (
    <a class="task tone-plain" href={hrefWith({ delivery: delivery.delivery })}>
      <span class="task-main">
        <span class="task-text"><bdi>{delivery.sender || delivery.delivery}</bdi></span>
        <span class="task-sub">
          <State tone="plain" word={sayOr(`delivery_${delivery.state}`, delivery.state)} />
          <bdi class="code quiet">{delivery.delivery}</bdi>
          <span class="quiet"><When at={delivery.expected} as="due" /></span>
        </span>
      </span>
      <Icon name="next" size={18} />
    </a>
  );
}

/** What came without being announced goes into the back room, product by product. */
function Unannounced(): JSX.Element {
  const basket = useBasket();
  const form = useSeries();
  const [open, setOpen] = useState(false);
  if (!open)
    return (
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="plus" size={18} />{say("receive_unannounced")}
      </button>
    );
  const submit = (event: Event): void => {
    event.preventDefault();
    const lines = basket.amounts;
    if (lines === null) return;
    form.send(lines.map((line) => ({
      key: line.sku, type: "stock.move",
      data: { sku: line.sku, kind: "receive", quantity: line.quantity },
    })), () => {
      tell(say("did_receive_lines", { count: lines.length }));
      basket.put([]);
      setOpen(false);
    });
  };
  return (
    <section class="card stack">
      <Block title={say("receive_unannounced")}><BasketLines basket={basket} focus /></Block>
      <form class="stack" onSubmit={submit}>
        <Refusal answer={form.refusal} />
        <div class="buttons">
          <Submit form={form} disabled={basket.amounts === null}>{say("do_receive")}</Submit>
          <button type="button" class="button button-plain" onClick={() => setOpen(false)}>
            {say("do_not")}
          </button>
        </div>
      </form>
    </section>
  );
}

export function Deliveries(): JSX.Element {
  const { query } = useCell(route);
  const asked = useFollowed<{ rows: DeliveryRow[] }>("delivery", "delivery.list", {});
  const open = query.get("delivery");
  const rows = asked.answer?.rows ?? [];
  const list = (
    <>
      <Head title={say("place_deliveries")} beside={(
        <a class="button" href="/transfers">{say("place_transfers")}</a>
      )} />
      <div class="sheet">
        {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
        {!asked.known && <Patience />}
        {asked.answer !== null && rows.length === 0 && (
          <Empty icon="stock" title={say("deliveries_none")}>
            <p>{say("deliveries_none_hint")}</p>
          </Empty>
        )}
        {rows.length > 0 && (
          <ul class="tasks" aria-label={say("place_deliveries")}>
            {rows.map((row) => <li key={row.delivery}><DeliveryLink delivery={row} /></li>)}
          </ul>
        )}
        <Unannounced />
      </div>
    </>
  );
  const detail = open === null ? null : <DeliveryDetail key={open} id={open} />;
  return <Split name="deliveries" list={list} detail={detail} />;
}
