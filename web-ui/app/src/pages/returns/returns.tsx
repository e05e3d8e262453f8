// Bringing something back: from an order when its number is known, else by the product alone. It
// begins a return, which the order page then takes further: take back, look at it, pay back.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { nowMs } from "../../live/clock";
import { useCommand } from "../../live/command";
import { nouns } from "../../live/nouns";
import { useQuery } from "../../live/query";
import type { OrderLine, OrderRow } from "../../live/rows";
import { BasketLines, useBasket } from "../../parts/basket";
import { Field, Refusal, Submit } from "../../parts/form";
import { Block, Head, Pane } from "../../parts/page";
import { shortId } from "../../parts/short_id";
import { tell } from "../../parts/tell";
import { go, hrefOf, hrefWith, route } from "../../route";
import { say } from "../../words/say";

/** What of a line the customer still has. */
function keptOf(line: OrderLine): number {
  return (line.handed_over ?? 0) + (line.shipped ?? 0) - (line.returned ?? 0);
}

/** order.get answers with the row, or with a list that has it. */
function useOrder(id: string): { order: OrderRow | null; known: boolean } {
  const asked = useQuery<OrderRow & { rows?: OrderRow[] }>(
    "order.get", id === "" ? null : { order: id });
  const order = asked.answer?.rows?.[0] ?? asked.answer;
  return { order: order ?? null, known: asked.known };
}

export function Returns(): JSX.Element {
  const { query } = useCell(route);
  const original = query.get("original") ?? "";
  const { order, known } = useOrder(original);
  const [text, setText] = useState(original);
  const [person, setPerson] = useState("");
  const [reason, setReason] = useState("");
  const basket = useBasket();
  const form = useCommand();
  const kept = order?.lines.filter((line) => keptOf(line) > 0) ?? [];
  const fixed = kept.length > 0;
  useEffect(() => {
    if (order === null) return;
    basket.put(kept.map((line) => ({ sku: line.sku, text: String(keptOf(line)) })));
    setPerson(order.person ?? order.customer ?? "");
  }, [order?.order]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const lines = basket.amounts;
    if (lines === null) return;
    const id = shortId("R-");
    const data = {
      order: id, channel: "store", method: "return", placed: new Date(nowMs()).toISOString(),
      ...(original === "" ? {} : { original }),
      ...(person.trim() === "" ? {} : { person: person.trim() }),
      ...(reason.trim() === "" ? {} : { note: reason.trim() }),
      lines: lines.map((line, index) => {
        const bought = kept.find((each) => each.sku === line.sku);
        const price = bought?.price ?? nouns.product.rows.get(line.sku)?.price;
        return {
          line: String(bought?.line ?? index + 1), ...line,
          ...(price === null || price === undefined ? {} : { price }),
        };
      }),
    };
    form.send("order.offer", data, () => {
      tell(say("did_announce_return"));
      go(hrefOf("/orders", { order: id }));
    });
  };
  return (
    <Pane name="returns">
      <Head title={say("bring_back")} />
      <div class="sheet">
        <form class="stack" onSubmit={(event) => {
          event.preventDefault();
          go(hrefWith({ original: text.trim() }), true);
        }}>
          <Field label={say("which_order")} value={text} onInput={setText}
            hint={say("which_order_hint")} />
          <div class="buttons">
            <button type="submit" class="button">{say("find_order")}</button>
          </div>
          {original !== "" && known && order === null && (
            <p class="note">{say("return_unknown_order", { order: original })}</p>
          )}
          {order !== null && !fixed && (
            <p class="note">{say("return_nothing", { order: original })}</p>
          )}
        </form>
        <Block title={say("what_comes_back")}>
          <BasketLines basket={basket} fixed={fixed} />
        </Block>
        <form class="stack" onSubmit={submit}>
          <Field label={say("from_whom")} value={person} onInput={setPerson} />
          <Field label={say("why_back")} value={reason} onInput={setReason}
            suggestions={[say("reason_dislikes"), say("reason_damaged"), say("reason_wrong")]} />
          <Refusal answer={form.refusal} />
          <div class="buttons">
            <Submit form={form} disabled={basket.amounts === null}>{say("do_bring_back")}</Submit>
          </div>
        </form>
      </div>
    </Pane>
  );
}
