// What an alarm says, in the person's language: made of its pieces, because the node's own sentence
// is English. Where a piece is missing, that sentence has to do.
import type { AlarmRow } from "../live/rows";
import { isolated, measured } from "../words/format";
import { sayOr } from "../words/say";

/** The digits that each kind of value is shown with, at least; 0 where nothing is said. */
export const DIGITS: Record<string, number> = {
  temperature: 1, weight: 2, voltage: 2, current: 2,
};

function limitOf(alarm: AlarmRow): number | null {
  const limits: Record<string, number | null | undefined> = { high: alarm.high, low: alarm.low };
  return limits[alarm.rule ?? ""] ?? null;
}

export function alarmText(alarm: AlarmRow): string {
  const limit = limitOf(alarm);
  const bounded = alarm.rule === "high" || alarm.rule === "low";
  if (!alarm.name || (bounded && (limit === null || !alarm.unit))) return isolated(alarm.text);
  const digits = DIGITS[alarm.kind ?? ""] ?? 0;
  return sayOr(`alarm_${alarm.rule ?? ""}`, isolated(alarm.text), {
    name: isolated(alarm.name),
    channel: sayOr(`kind_${alarm.kind ?? alarm.channel ?? ""}`, alarm.channel ?? ""),
    value: measured(alarm.value, alarm.unit, digits), limit: measured(limit, alarm.unit, digits),
  });
}
