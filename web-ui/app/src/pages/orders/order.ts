// What the page concludes from an order row: its deadline, its place in the list, its words, what
// is left of a line.
import type { OrderLine, OrderRow, OrderState, OrderVerb } from "../../live/rows";
import { millis } from "../../parts/when";
import type { Tone } from "../../parts/state";
import type { IconName } from "../../parts/icon";
import { say, sayOr } from "../../words/say";

const COLLECT: readonly OrderState[] =
  ["offered", "accepted", "picked", "ready", "handed_over"];
const SHIP: readonly OrderState[] = ["offered", "accepted", "picked", "packed", "shipped"];
const ELSEWHERE: readonly OrderState[] = ["offered", "accepted", "shipped"];
const RETURN: readonly OrderState[] = ["offered", "received", "inspected", "refund_due", "closed"];

export function isReturn(order: OrderRow): boolean {
  return order.method === "return";
}

/** The way of an order by its method; the states between two steps count for the one before. */
export function stepsOf(order: OrderRow): readonly OrderState[] {
  const ways: Record<string, readonly OrderState[]> = {
    ship_from_store: SHIP, endless_aisle: ELSEWHERE, return: RETURN,
  };
  return ways[order.method] ?? COLLECT;
}

const COUNTS_AS: Partial<Record<OrderState, OrderState>> = {
  picking: "accepted", staged: "picked", arrived: "ready", closed: "handed_over",
};

/** Where on its way the order is; −1 when it left the way, such as by being cancelled. */
export function stepAt(order: OrderRow): number {
  const steps = stepsOf(order);
  const at = steps.indexOf(order.state);
  if (at >= 0) return at;
  const as = order.state === "closed" ? steps[steps.length - 1] : COUNTS_AS[order.state];
  return as === undefined ? -1 : steps.indexOf(as);
}

/** The word of a state; a return that is offered is announced. */
export function stateWord(state: OrderState, method?: string): string {
  if (state === "offered" && method === "return") return say("order_announced");
  return sayOr(`order_${state}`, state);
}

const STATE_TONE: Partial<Record<OrderState, Tone>> = {
  offered: "attention", ready: "ok", arrived: "attention", expired: "attention",
  cancelling: "attention", restocking: "attention", refund_due: "attention",
  on_hold: "unknown", handed_over: "unknown", shipped: "unknown", closed: "unknown",
  rejected: "unknown", cancelled: "unknown",
};

const STATE_ICON: Partial<Record<OrderState, IconName>> = {
  offered: "plus", picking: "orders", picked: "orders", staged: "shelf", ready: "ok",
  arrived: "person", handed_over: "check", packed: "stock", shipped: "check", closed: "check",
  received: "stock", inspected: "search", refund_due: "sale", expired: "clock",
  cancelling: "undo", restocking: "undo", rejected: "close", cancelled: "close",
};

export function toneOf(order: OrderRow): Tone {
  return STATE_TONE[order.state] ?? "plain";
}

export function iconOf(order: OrderRow): IconName {
  return STATE_ICON[order.state] ?? "clock";
}

const ENDED: readonly OrderState[] =
  ["handed_over", "shipped", "closed", "rejected", "cancelled"];

export function isOpen(order: OrderRow): boolean {
  return !ENDED.includes(order.state);
}

/** The promise that counts down in this state, if any. */
export function deadline(order: OrderRow): string | undefined {
  switch (order.state) {
    case "offered": return isReturn(order) ? undefined : order.accept_by ?? order.ready_by;
    case "accepted": case "picking": case "picked": case "staged": case "packed":
    case "on_hold": return order.ready_by;
    case "ready": case "arrived": return order.collect_by;
    default: return undefined;
  }
}

export function promiseWord(order: OrderRow): string {
  if (order.state === "offered") return say("promise_offered");
  return order.state === "ready" || order.state === "arrived"
    ? say("promise_ready") : say("promise_accepted");
}

export function isLate(order: OrderRow, now: number): boolean {
  const due = millis(deadline(order));
  return due !== null && due < now;
}

/** Soon is a quarter of an hour: enough to pick a small order. */
export function isSoon(order: OrderRow, now: number): boolean {
  const due = millis(deadline(order));
  return due !== null && due >= now && due - now < 15 * 60000;
}

/** Who is waiting at the door comes first of all. */
function waits(order: OrderRow): number {
  return order.state === "arrived" ? 1 : 0;
}

/** Late first, then by deadline; closed orders by when they closed, the latest first. */
export function compare(a: OrderRow, b: OrderRow): number {
  const openness = Number(isOpen(b)) - Number(isOpen(a));
  if (openness !== 0) return openness;
  if (!isOpen(a)) return (millis(b.since) ?? 0) - (millis(a.since) ?? 0);
  if (waits(a) !== waits(b)) return waits(b) - waits(a);
  const never = Number.MAX_SAFE_INTEGER;
  const due = (millis(deadline(a)) ?? never) - (millis(deadline(b)) ?? never);
  return due !== 0 ? due : a.order.localeCompare(b.order);
}

/** Items to carry: a weighed line is one item, whatever it weighs. */
export function itemsOf(lines: readonly OrderLine[], of: (line: OrderLine) => number): number {
  return lines.reduce((sum, line) => {
    const count = of(line);
    return sum + (Number.isInteger(count) ? count : 1);
  }, 0);
}

export function itemCount(order: OrderRow): number {
  return itemsOf(order.lines.filter((line) => line.substitutes === undefined),
    (line) => line.quantity);
}

/** What a line still wants, before anything was reserved too. */
export function leftOf(line: OrderLine): number {
  const done = (line.picked ?? 0) + (line.short ?? 0) + (line.substituted ?? 0)
    + (line.handed_over ?? 0) + (line.shipped ?? 0);
  return Math.max(0, Math.round((line.quantity - done) * 1000) / 1000);
}

export function allows(order: OrderRow, verb: OrderVerb): boolean {
  return order.allowed?.includes(verb) ?? false;
}

export const FILTERS = [
  "", "late", "offered", "accepted", "picked", "ready", "on_hold", "back", "returns", "done",
  "cancelled",
] as const;
export type Filter = (typeof FILTERS)[number];

const GROUPS: Partial<Record<Filter, readonly OrderState[]>> = {
  offered: ["offered"], accepted: ["accepted", "picking"], picked: ["picked", "staged", "packed"],
  ready: ["ready", "arrived"], on_hold: ["on_hold"],
  back: ["expired", "cancelling", "restocking"], done: ["handed_over", "shipped", "closed"],
  cancelled: ["cancelled", "rejected"],
};

export function passes(order: OrderRow, filter: Filter, now: number): boolean {
  if (filter === "") return isOpen(order);
  if (filter === "late") return isOpen(order) && isLate(order, now);
  if (filter === "returns") return isReturn(order) && isOpen(order);
  if (isReturn(order) && isOpen(order)) return false;
  return GROUPS[filter]?.includes(order.state) ?? false;
}

/** How a step of the history is told: org.backroom.order.accepted.v1 and "accepted" are one. */
export function historyState(what: string): string {
  return what.replace(/^org\.backroom\./, "").replace(/^order\./, "").replace(/\.v1$/, "");
}
