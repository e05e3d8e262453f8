// Times for people: relative, with the exact time on hover and for machines.
import type { JSX } from "preact";

import { useCell } from "../cell";
import { clock, nowMs } from "../live/clock";
import { absolute, relative, since, span } from "../words/format";
import { say } from "../words/say";

interface Props {
  at: string | null | undefined;
  /** ago: "5 min ago"; since: "since 14:02"; clock: "14:02"; due: "in 25 min" or "12 min late". */
  as?: "ago" | "since" | "clock" | "due";
}

export function millis(at: string | null | undefined): number | null {
  const ms = at === null || at === undefined ? NaN : Date.parse(at);
  return Number.isNaN(ms) ? null : ms;
}

function dueText(ms: number): string {
  const left = ms - nowMs();
  return left < 0 ? say("late_by", { time: span(left) }) : say("due_in", { time: span(left) });
}

export function When({ at, as = "ago" }: Props): JSX.Element | null {
  useCell(clock);
  const ms = millis(at);
  if (ms === null) return null;
  const text = {
    ago: () => relative(ms),
    since: () => say("since", { time: since(ms) }),
    clock: () => since(ms),
    due: () => dueText(ms),
  }[as]();
  return <time dateTime={at ?? ""} title={absolute(ms)}>{text}</time>;
}
