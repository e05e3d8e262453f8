// What can be done with an order now: the next step as one large button, all else beside it. What
// needs words opens its form; the order says itself what it allows.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import type { CommandForm } from "../../live/command";
import type { OrderRow, OrderVerb } from "../../live/rows";
import { Ask } from "../../parts/ask";
import { Refusal, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import { say } from "../../words/say";
import type { Word } from "../../words/say";
import { allows, isOpen, isReturn, leftOf } from "./order";
import { formOf } from "./order_forms";
import { HandOver } from "./order_hand_over";
import { Receive } from "./order_receive";
import { Split } from "./order_split";

/** What comes next, the first that is allowed. Picking has its own panel above. */
const NEXT: readonly OrderVerb[] = [
  "accept", "release", "hand_over", "ready", "pack", "ship", "restock", "inspect", "refund",
  "receive", "close",
];
const ASIDE: readonly OrderVerb[] = [
  "stage", "arrive", "hold", "update", "split", "reject", "cancel",
];
const ASIDE_WORD: Partial<Record<OrderVerb, Word>> = {
  stage: "do_stage", arrive: "do_arrive", hold: "do_hold", update: "do_change",
  split: "do_split", reject: "do_reject", cancel: "do_cancel",
};

/** What the page offers of all that the node would take. What left the store closes by itself. */
function offers(order: OrderRow, verb: OrderVerb): boolean {
  if (!allows(order, verb) || !isOpen(order)) return false;
  if (verb === "receive") return order.lines.some((line) => (line.returned ?? 0) < line.quantity);
  if (verb === "ready") return order.lines.every((line) => leftOf(line) === 0);
  return verb !== "close" || isReturn(order);
}

/** False when nothing is left to do, so that there is no empty place for buttons. */
export function hasActions(order: OrderRow): boolean {
  return [...NEXT, ...ASIDE].some((verb) => offers(order, verb));
}

interface NextProps {
  order: OrderRow;
  verb: OrderVerb;
  form: CommandForm;
}

/** One button without fields; accepting offers the part that is there when not all is. */
function Direct({ order, verb, form }: NextProps): JSX.Element | null {
  const described = formOf(order, verb);
  if (described === null) return null;
  const send = (more: Record<string, unknown> = {}): void => {
    form.send(described.type, { ...described.data, ...more }, () => tell(described.done));
  };
  const partly = verb === "accept" && form.refusal?.code === "insufficient_stock";
  return (
    <>
      {described.means !== undefined && <p class="quiet">{described.means}</p>}
      <div class="buttons">
        <Submit form={form} onClick={() => send()}>{described.verb}</Submit>
        {partly && (
          <Submit form={form} kind="plain" onClick={() => send({ partial: true })}>
            {say("do_accept_partly")}
          </Submit>
        )}
      </div>
    </>
  );
}

function Next({ order, verb, form }: NextProps): JSX.Element | null {
  if (verb === "hand_over") return <HandOver key={order.version} order={order} />;
  if (verb === "receive") return <Receive order={order} />;
  const described = formOf(order, verb);
  if (described === null || described.fields.length === 0)
    return <Direct order={order} verb={verb} form={form} />;
  return <Ask {...described} done={() => described.done} />;
}

interface AsideProps {
  order: OrderRow;
  verb: OrderVerb;
  onKeep: () => void;
}

function AsideForm({ order, verb, onKeep }: AsideProps): JSX.Element | null {
  if (verb === "split") return <Split order={order} onKeep={onKeep} />;
  const described = formOf(order, verb);
  if (described === null) return null;
  return (
    <Ask {...described} done={() => described.done} onKeep={onKeep} onDone={onKeep} focus
      keep={say(verb === "cancel" ? "keep_order" : "do_not")} />
  );
}

export function OrderActions({ order }: { order: OrderRow }): JSX.Element {
  const [aside, setAside] = useState<OrderVerb | null>(null);
  // Here, so that a refusal stays in sight when the order has meanwhile gone on.
  const form = useCommand();
  useEffect(() => setAside(null), [order.state]);
  if (aside !== null && allows(order, aside))
    return <AsideForm order={order} verb={aside} onKeep={() => setAside(null)} />;
  const next = NEXT.find((verb) => offers(order, verb)) ?? null;
  const others = ASIDE.filter((verb) => offers(order, verb));
  return (
    <div class="stack">
      <Refusal answer={form.refusal} />
      {next !== null && <Next order={order} verb={next} form={form} />}
      {others.length > 0 && (
        <div class="buttons buttons-aside">
          {others.map((verb) => (
            <button key={verb} type="button" class="button button-plain"
              onClick={() => setAside(verb)}>
              {say(ASIDE_WORD[verb] ?? "do_change")}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
