// The next step of an order. Its form carries the version that the person saw, so two people
// cannot take the same step twice; cancelling says its consequence and asks for the reason.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import type { OrderRow, OrderState } from "../../live/rows";
import { Field, Refusal, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import { say } from "../../words/say";
import { itemCount, STEPS } from "./order";

function verb(order: OrderRow, to: OrderState): string {
  const count = itemCount(order);
  switch (to) {
    case "accepted": return say("do_accept");
    case "picked": return say("do_picked");
    case "ready": return say("do_ready");
    case "handed_over": return say("do_hand_over", { count });
    default: return say("do_cancel");
  }
}

function outcome(order: OrderRow, to: OrderState): string {
  const who = order.customer || order.order;
  switch (to) {
    case "accepted": return say("did_accept", { who });
    case "picked": return say("did_picked", { who });
    case "ready": return say("did_ready", { who });
    case "handed_over": return say("did_hand_over", { who, count: itemCount(order) });
    default: return say("did_cancel", { who });
  }
}

function useAdvance(order: OrderRow): {
  form: ReturnType<typeof useCommand>;
  advance: (to: OrderState, reason?: string) => void;
} {
  const form = useCommand();
  const advance = (to: OrderState, reason?: string): void => {
    const data: Record<string, unknown> = { order: order.order, to, version: order.version };
    if (reason !== undefined && reason.trim() !== "") data["reason"] = reason.trim();
    form.send("order.advance", data, () => tell(outcome(order, to)));
  };
  return { form, advance };
}

interface CancelProps {
  order: OrderRow;
  onKeep: () => void;
}

function CancelForm({ order, onKeep }: CancelProps): JSX.Element {
  const { form, advance } = useAdvance(order);
  const [reason, setReason] = useState("");
  const picked = order.state === "picked" || order.state === "ready";
  return (
    <form class="stack" onSubmit={(event) => {
      event.preventDefault();
      advance("cancelled", reason);
    }}>
      <p>{say(picked ? "cancel_means_picked" : "cancel_means")}</p>
      <Field label={say("reason")} value={reason} onInput={setReason} focus
        suggestions={[say("reason_customer"), say("reason_no_stock"), say("reason_mistake")]} />
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} kind="danger">{say("do_cancel")}</Submit>
        <button type="button" class="button button-plain" onClick={onKeep}>{say("keep_order")}
        </button>
      </div>
    </form>
  );
}

export function OrderActions({ order }: { order: OrderRow }): JSX.Element {
  const { form, advance } = useAdvance(order);
  const [cancelling, setCancelling] = useState(false);
  const allowed = order.allowed ?? [];
  useEffect(() => setCancelling(false), [order.state]);
  if (cancelling) return <CancelForm order={order} onKeep={() => setCancelling(false)} />;
  const forward = STEPS.filter((step) => allowed.includes(step));
  return (
    <div class="stack">
      <Refusal answer={form.refusal} />
      <div class="buttons">
        {forward.map((to, index) => (
          <Submit key={to} form={form} kind={index === 0 ? "primary" : "plain"}
            onClick={() => advance(to)}>
            {verb(order, to)}
          </Submit>
        ))}
        {allowed.includes("cancelled") && (
          <button type="button" class="button button-plain button-quiet"
            onClick={() => setCancelling(true)}>
            {say("do_cancel")}
          </button>
        )}
      </div>
    </div>
  );
}
