// Erasing whoever an order is for: their key is destroyed, and what was said of them with it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { byAssociate } from "../../live/associate";
import type { OrderRow } from "../../live/rows";
import { Ask } from "../../parts/ask";
import { say } from "../../words/say";

/** True while anything of the person can be read. */
export function isKnown(order: OrderRow): boolean {
  return [order.person, order.vehicle, order.note, order.known?.name, order.known?.contact]
    .some((text) => text !== undefined && text !== null && text !== "");
}

export function ErasePerson({ order }: { order: OrderRow }): JSX.Element | null {
  const [asked, setAsked] = useState(false);
  if (!isKnown(order)) return null;
  if (!asked)
    return (
      <div class="buttons buttons-aside">
        <button type="button" class="button button-plain" onClick={() => setAsked(true)}>
          {say("do_erase")}
        </button>
      </div>
    );
  return (
    <Ask type="customer.erase" data={{ order: order.order, ...byAssociate() }} fields={[]} danger
      verb={say("do_erase")} done={() => say("did_erase")} means={say("erase_means")}
      onKeep={() => setAsked(false)} onDone={() => setAsked(false)} focus keep={say("do_not")} />
  );
}
