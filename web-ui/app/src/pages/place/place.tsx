// Placing an order in the store: what, for whom, until when. The pick-up code is made here, shown
// once, and kept by the node only as a keyed hash.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { nowMs } from "../../live/clock";
import { useCommand } from "../../live/command";
import { connection } from "../../live/connection";
import { nouns } from "../../live/nouns";
import { soonOptions } from "../../parts/ask";
import { BasketLines, sumOf, useBasket } from "../../parts/basket";
import { Field, Refusal, Select, Submit } from "../../parts/form";
import { Block, Head, Pane } from "../../parts/page";
import { hrefOf } from "../../route";
import { money } from "../../words/format";
import { say } from "../../words/say";
import { shortId } from "../../parts/short_id";

const METHODS = ["pickup", "curbside", "ship_from_store", "endless_aisle"] as const;
type Method = (typeof METHODS)[number];
const CODE_DIGITS = 6;
// Somebody who comes for it has a week, whatever the store's own rule for reminding them.
const COLLECT_MS = 7 * 86400000;

/** Digits only: they are said, typed and scanned alike. */
function newCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CODE_DIGITS));
  return [...bytes].map((byte) => String(byte % 10)).join("");
}

interface Placed {
  order: string;
  code: string | null;
}

/** The code is said once: afterwards nobody can look it up, only a new order has a new one. */
function Done({ placed, again }: { placed: Placed; again: () => void }): JSX.Element {
  return (
    <section class="placed" role="status">
      <p class="placed-title">{say("placed_order", { order: placed.order })}</p>
      {placed.code !== null && (
        <>
          <p>{say("code_once")}</p>
          <p class="placed-code" data-code={placed.code}>
            {placed.code.slice(0, 3)} {placed.code.slice(3)}
          </p>
        </>
      )}
      <div class="buttons">
        <a class="button button-primary" href={hrefOf("/orders", { order: placed.order })}>
          {say("go_to_order")}
        </a>
        <button type="button" class="button" onClick={again}>{say("new_order")}</button>
      </div>
    </section>
  );
}

function isoIn(ms: number): string {
  return new Date(nowMs() + ms).toISOString();
}

export function Place(): JSX.Element {
  const form = useCommand();
  const basket = useBasket();
  const { currency } = useCell(connection.hello) ?? {};
  const [method, setMethod] = useState<Method>("pickup");
  const [person, setPerson] = useState("");
  const [note, setNote] = useState("");
  const [ready, setReady] = useState("60");
  const [policy, setPolicy] = useState("none");
  const [paid, setPaid] = useState("due");
  const [placed, setPlaced] = useState<Placed | null>(null);
  const collects = method === "pickup" || method === "curbside";
  const sum = sumOf(basket.amounts, nouns.product.rows);
  const complete = basket.amounts !== null && person.trim() !== "";
  const submit = (event: Event): void => {
    event.preventDefault();
    const lines = basket.amounts;
    if (lines === null || !complete) return;
    const order = shortId("S-");
    const code = collects ? newCode() : null;
    const data = {
      order, channel: "store", method, person: person.trim(), placed: isoIn(0),
      ready_by: isoIn(Number(ready) * 60000), payment: paid,
      ...(note.trim() === "" ? {} : { note: note.trim() }),
      ...(code === null ? {} : { code, collect_by: isoIn(Number(ready) * 60000 + COLLECT_MS) }),
      lines: lines.map((line, index) => {
        const price = nouns.product.rows.get(line.sku)?.price;
        return {
          line: String(index + 1), ...line, policy,
          ...(price === null || price === undefined ? {} : { price }),
        };
      }),
    };
    form.send("order.offer", data, () => setPlaced({ order, code }));
  };
  const again = (): void => {
    basket.put([]);
    setPerson("");
    setNote("");
    setPlaced(null);
  };
  if (placed !== null)
    return (
      <Pane name="place">
        <Head title={say("new_order")} />
        <div class="sheet"><Done placed={placed} again={again} /></div>
      </Pane>
    );
  return (
    <Pane name="place">
      <Head title={say("new_order")} />
      <div class="sheet">
        <Block title={say("what_is_ordered")}
          beside={sum === null ? null : <span class="block-sum">{money(sum, currency)}</span>}>
          <BasketLines basket={basket} selling focus />
        </Block>
        <form class="stack" onSubmit={submit}>
          <Field label={say("for_whom")} value={person} onInput={setPerson} />
          <div class="fields">
            <Select label={say("col_method")} value={method} onChange={setMethod}
              options={METHODS.map((each) => ({ value: each, word: say(`method_${each}`) }))} />
            <Select label={say("ready_in")} value={ready} onChange={setReady}
              options={soonOptions(null)} />
            <Select label={say("payment")} value={paid} onChange={setPaid} options={[
              { value: "due", word: say("payment_due") },
              { value: "paid", word: say("payment_paid") },
            ]} />
            <Select label={say("if_missing")} value={policy} onChange={setPolicy} options={[
              { value: "none", word: say("policy_none") },
              { value: "same_brand", word: say("policy_same_brand") },
              { value: "any", word: say("policy_any") },
              { value: "ask", word: say("policy_ask") },
            ]} />
          </div>
          <Field label={say("note")} value={note} onInput={setNote} />
          <Refusal answer={form.refusal} />
          <div class="buttons">
            <Submit form={form} disabled={!complete}>{say("do_place")}</Submit>
          </div>
        </form>
      </div>
    </Pane>
  );
}
