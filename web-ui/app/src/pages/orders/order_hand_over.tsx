// Handing over: with the customer's code where the order has one. Without it, only with the reason
// why, which the journal keeps.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import type { OrderRow } from "../../live/rows";
import { Field, Refusal, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import { useScanClaim } from "../../scan/resolve";
import { say } from "../../words/say";
import { itemsOf } from "./order";
import { baseOf, whoOf } from "./order_forms";

export function HandOver({ order }: { order: OrderRow }): JSX.Element {
  const form = useCommand();
  const [code, setCode] = useState("");
  const [waived, setWaived] = useState("");
  const [without, setWithout] = useState(false);
  const coded = order.code === true;
  const count = itemsOf(order.lines, (line) => line.picked ?? 0);
  useScanClaim((scanned) => {
    if (!coded) return false;
    setCode(scanned.trim());
    return true;
  });
  const complete = !coded || (without ? waived : code).trim() !== "";
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!complete) return;
    const proof = !coded ? {} : without ? { waived: waived.trim() }
      : { code: code.replace(/\s/g, "") };
    form.send("order.hand_over", { ...baseOf(order), ...proof }, () =>
      tell(say("did_hand_over", { who: whoOf(order), count })));
  };
  return (
    <form class="stack" onSubmit={submit}>
      {coded && !without && (
        <Field label={say("pickup_code")} value={code} onInput={setCode}
          hint={say("pickup_code_hint")} />
      )}
      {coded && without && (
        <Field label={say("waive_why")} value={waived} onInput={setWaived} focus
          suggestions={[say("reason_id_seen"), say("reason_known")]} />
      )}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!complete}>{say("do_hand_over", { count })}</Submit>
        {coded && (
          <button type="button" class="button button-plain button-quiet"
            onClick={() => setWithout(!without)}>
            {say(without ? "with_code" : "without_code")}
          </button>
        )}
      </div>
    </form>
  );
}
