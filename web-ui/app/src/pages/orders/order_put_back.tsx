// What was picked by mistake goes back to where it lay, and is still to be picked.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { OrderLine, OrderRow } from "../../live/rows";
import { Ask } from "../../parts/ask";
import { quantity } from "../../words/format";
import { say } from "../../words/say";
import { allows } from "./order";
import { baseOf, placeField } from "./order_forms";

export function mayPutBack(order: OrderRow, line: OrderLine): boolean {
  return allows(order, "unpick") && (line.picked ?? 0) > 0 && (line.staged ?? 0) === 0;
}

export function PutBack({ order, line }: { order: OrderRow; line: OrderLine }): JSX.Element {
  const [open, setOpen] = useState(false);
  const keep = (): void => setOpen(false);
  const name = line.name ?? line.sku;
  const picked = line.picked ?? 0;
  if (!open)
    return (
      <button type="button" class="button order-put-back" onClick={() => setOpen(true)}
        aria-label={`${say("do_restock")}: ${name}`}>
        {say("do_restock")}
      </button>
    );
  return (
    <div class="order-put-back">
      <Ask type="order.unpick" data={{ ...baseOf(order), line: String(line.line) }} focus
        verb={say("do_restock")} onKeep={keep} onDone={keep}
        done={(sent) => say("did_put_back", {
          amount: quantity(Number(sent["quantity"]), line.sold_by), name,
        })}
        fields={[
          {
            name: "quantity", word: "quantity", kind: "decimal", required: true,
            initial: String(picked),
          },
          placeField(["shelf", "backroom", "display"]),
        ]} />
    </div>
  );
}
