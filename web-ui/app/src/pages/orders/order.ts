// What the page concludes from an order row: its deadline, its place in the list, its words.
import type { OrderRow, OrderState } from "../../live/rows";
import { millis } from "../../parts/when";
import type { Tone } from "../../parts/state";
import type { IconName } from "../../parts/icon";
import type { Word } from "../../words/say";

export const STEPS: readonly OrderState[] =
  ["offered", "accepted", "picked", "ready", "handed_over"];

export const STATE_WORD: Record<OrderState, Word> = {
  offered: "order_offered", accepted: "order_accepted", picked: "order_picked",
  ready: "order_ready", handed_over: "order_handed_over", cancelled: "order_cancelled",
};

const STATE_TONE: Record<OrderState, Tone> = {
  offered: "attention", accepted: "plain", picked: "plain",
  ready: "ok", handed_over: "unknown", cancelled: "unknown",
};

const STATE_ICON: Record<OrderState, IconName> = {
  offered: "plus", accepted: "clock", picked: "orders",
  ready: "ok", handed_over: "check", cancelled: "close",
};

export function toneOf(order: OrderRow): Tone {
  return STATE_TONE[order.state] ?? "unknown";
}

export function iconOf(order: OrderRow): IconName {
  return STATE_ICON[order.state] ?? "unknown";
}

export function isOpen(order: OrderRow): boolean {
  return order.state !== "handed_over" && order.state !== "cancelled";
}

/** The promise that counts down in this state, if any. */
export function deadline(order: OrderRow): string | undefined {
  switch (order.state) {
    case "offered": return order.accept_by ?? order.ready_by;
    case "accepted":
    case "picked": return order.ready_by;
    case "ready": return order.collect_by;
    default: return undefined;
  }
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

/** Late first, then by deadline; closed orders by when they closed, the latest first. */
export function compare(a: OrderRow, b: OrderRow): number {
  const openness = Number(isOpen(b)) - Number(isOpen(a));
  if (openness !== 0) return openness;
  if (!isOpen(a)) return (millis(b.since) ?? 0) - (millis(a.since) ?? 0);
  const never = Number.MAX_SAFE_INTEGER;
  const due = (millis(deadline(a)) ?? never) - (millis(deadline(b)) ?? never);
  return due !== 0 ? due : a.order.localeCompare(b.order);
}

/** Items to carry: a weighed line is one item, whatever it weighs. */
export function itemCount(order: OrderRow): number {
  return order.lines.reduce((sum, line) =>
    sum + (Number.isInteger(line.quantity) ? line.quantity : 1), 0);
}

export type Filter = "" | "late" | OrderState;

export function passes(order: OrderRow, filter: Filter, now: number): boolean {
  if (filter === "") return isOpen(order);
  if (filter === "late") return isOpen(order) && isLate(order, now);
  return order.state === filter;
}

/** How a step of the history is told: org.backroom.order.accepted.v1 and "accepted" are one. */
export function historyState(what: string): string {
  return what.replace(/^org\.backroom\./, "").replace(/^order\./, "").replace(/\.v1$/, "");
}
