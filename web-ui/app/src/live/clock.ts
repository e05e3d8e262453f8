// The node's clock. A handheld's own clock may be wrong, so "12 min late" is reckoned with the
// time the node told at connect plus what has passed here since.
import { Cell } from "../cell";

const TICK_MS = 5000;
let aheadMs = 0;

export function nowMs(): number {
  return Date.now() + aheadMs;
}

/** Ticks every few seconds; relative times follow it. */
export const clock = new Cell<number>(nowMs());

export function setNodeTime(text: string | undefined): void {
  const told = text === undefined ? NaN : Date.parse(text);
  if (Number.isNaN(told)) return;
  aheadMs = told - Date.now();
  clock.set(nowMs());
}

/** How far this machine's clock is from the node's, for the settings page. */
export function clockErrorMs(): number {
  return -aheadMs;
}

export function startClock(): void {
  setInterval(() => clock.set(nowMs()), TICK_MS);
}
