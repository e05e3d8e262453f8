// What the page concludes from a sensor row: its place in the list, its main value, its words.
import type { AlarmRow, Channel, SensorRow, SensorState } from "../../live/rows";
import { DIGITS } from "../../parts/alarm_text";
import type { IconName } from "../../parts/icon";
import type { Tone } from "../../parts/state";
import { millis } from "../../parts/when";
import { measured } from "../../words/format";
import { sayOr } from "../../words/say";
import type { Word } from "../../words/say";

export const STATE_WORD: Record<SensorState, Word> = {
  ok: "sensor_ok", alarm: "sensor_alarm", stale: "sensor_stale", unknown: "sensor_unknown",
};
export const STATE_TONE: Record<SensorState, Tone> = {
  ok: "ok", alarm: "problem", stale: "attention", unknown: "unknown",
};
export const STATE_ICON: Record<SensorState, IconName> = {
  ok: "ok", alarm: "problem", stale: "attention", unknown: "unknown",
};

export type Filter = "" | "alarm" | "stale" | "new" | "ok";
export const FILTERS: readonly Filter[] = ["", "alarm", "stale", "new", "ok"];

export function passes(sensor: SensorRow, filter: Filter): boolean {
  if (filter === "") return true;
  return filter === "new" ? !sensor.adopted : sensor.state === filter;
}

const RANK: Record<SensorState, number> = { alarm: 0, stale: 1, unknown: 2, ok: 3 };

export function nameOf(sensor: SensorRow): string {
  return sensor.name || sensor.device;
}

/** Worst first; then what waits to be adopted; then by zone and name. */
export function compare(a: SensorRow, b: SensorRow): number {
  const rank = (RANK[a.state] ?? 2) - (RANK[b.state] ?? 2);
  if (rank !== 0) return rank;
  if (a.adopted !== b.adopted) return a.adopted ? 1 : -1;
  const zone = (a.zone ?? "").localeCompare(b.zone ?? "");
  return zone !== 0 ? zone : nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true });
}

// What a device says about itself comes after what it says about the store.
const HOUSEKEEPING = new Set(
  ["battery", "battery_low", "voltage", "link_quality", "signal", "raw"],
);

export function isHousekeeping(channel: Channel): boolean {
  return HOUSEKEEPING.has(channel.kind ?? channel.channel);
}

export function channelsOf(sensor: SensorRow): Channel[] {
  const order = (channel: Channel): number =>
    (isAlarmed(channel) ? 0 : 2) + (isHousekeeping(channel) ? 1 : 0);
  return [...sensor.channels].sort((a, b) => order(a) - order(b));
}

/** Only what is measured has limits; a door is open or closed. */
export function canHaveLimits(channel: Channel): boolean {
  return !isHousekeeping(channel) && (channel.unit ?? "") !== "";
}

export function isAlarmed(channel: Channel): boolean {
  return channel.alarm !== undefined && channel.alarm !== null && channel.alarm !== false
    && channel.alarm !== "";
}

export function channelName(channel: Channel): string {
  return sayOr(`kind_${channel.kind ?? channel.channel}`, channel.channel);
}

/** A door is open or closed, not 0 or 1. */
export function valueOf(channel: Channel): string {
  if (channel.value === 0 || channel.value === 1) {
    const word = `flag_${channel.kind ?? ""}_${channel.value}`;
    const said = sayOr(word, "");
    if (said !== "") return said;
  }
  return measured(channel.value, channel.unit, DIGITS[channel.kind ?? ""] ?? 0);
}

/** Alarms and status items may name a device with or without its source. */
export function isOf(sensor: SensorRow, name: string): boolean {
  return sensor.key === name || sensor.device === name;
}

export function openAlarms(alarms: Iterable<AlarmRow>, sensor: SensorRow): AlarmRow[] {
  return [...alarms]
    .filter((alarm) => isOf(sensor, alarm.device))
    .filter((alarm) => !alarm.cleared || !alarm.acknowledged)
    .sort((a, b) => (millis(b.raised) ?? 0) - (millis(a.raised) ?? 0));
}
