// Numbers, money and times as the person's language writes them. Intl objects are dear to make,
// so each is made once per language and kind.
import { nowMs } from "../live/clock";
import type { SoldBy } from "../live/rows";
import { language, locale, say } from "./say";

const made = new Map<string, unknown>();

function once<T>(kind: string, make: (tag: string) => T): T {
  const tag = locale();
  const key = `${tag} ${kind}`;
  const known = made.get(key);
  if (known !== undefined) return known as T;
  const fresh = make(tag);
  made.set(key, fresh);
  return fresh;
}

export function number(value: number, digits = 3, digitsMin = 0): string {
  return once(`number ${digits} ${digitsMin}`, (tag) => new Intl.NumberFormat(tag, {
    maximumFractionDigits: digits, minimumFractionDigits: digitsMin,
  })).format(value);
}

export function signed(value: number): string {
  const options = { maximumFractionDigits: 3, signDisplay: "exceptZero" } as const;
  return once("signed", (tag) => new Intl.NumberFormat(tag, options)).format(value);
}

/** Money never goes without its currency; a currency that Intl does not know is written after. */
export function money(amount: number | null | undefined, currency: string | undefined): string {
  if (amount === null || amount === undefined) return say("no_price");
  if (currency === undefined || currency === "") return number(amount);
  try {
    return once(`money ${currency}`, (tag) =>
      new Intl.NumberFormat(tag, { style: "currency", currency })).format(amount);
  } catch {
    return `${number(amount)} ${currency}`;
  }
}

const UNIT_OF: Record<SoldBy, string | null> = {
  piece: null, weight: "kilogram", length: "meter", volume: "liter",
};

export function quantity(value: number, soldBy: SoldBy | undefined): string {
  const unit = UNIT_OF[soldBy ?? "piece"];
  if (unit === null || unit === undefined) return number(value);
  return once(`unit ${unit}`, (tag) =>
    new Intl.NumberFormat(tag, { style: "unit", unit, maximumFractionDigits: 3 })).format(value);
}

/** A name or a foreign text inside of a sentence, which keeps its own direction and no more. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** A number with its unit behind it, also where everything around is read from the right. */
export function withUnit(text: string, unit: string): string {
  const whole = `${text}\u00a0${unit}`;
  return language.value.dir === "rtl" ? `\u2066${whole}\u2069` : whole;
}

/** A sensor's value with the unit it came with. */
export function measured(
  value: number | null | undefined, unit: string | undefined, digitsMin = 0,
): string {
  if (value === null || value === undefined) return say("no_value");
  // What changes all the time should not change its width all the time.
  const text = number(value, Math.max(1, digitsMin), digitsMin);
  if (unit === undefined || unit === "") return text;
  return unit === "%" ? `${text}%` : withUnit(text, unit);
}

function unitOf(value: number, unit: string, unitDisplay: "short" | "narrow"): string {
  return once(`span ${unit} ${unitDisplay}`, (tag) =>
    new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay, maximumFractionDigits: 0 }))
    .format(value);
}

const MINUTE_MS = 60000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A length of time in at most two units: 12 min, 1 hr 5 min, 3 days. */
export function span(ms: number): string {
  const length = Math.abs(ms);
  if (length < MINUTE_MS) return unitOf(Math.round(length / 1000), "second", "short");
  if (length < HOUR_MS) return unitOf(Math.floor(length / MINUTE_MS), "minute", "short");
  if (length >= DAY_MS) return unitOf(Math.floor(length / DAY_MS), "day", "short");
  const hours = unitOf(Math.floor(length / HOUR_MS), "hour", "short");
  const minutes = Math.floor((length % HOUR_MS) / MINUTE_MS);
  if (minutes === 0 || length >= 6 * HOUR_MS) return hours;
  return `${hours} ${unitOf(minutes, "minute", "short")}`;
}

/** How long ago or how soon, as the language says it. */
export function relative(ms: number): string {
  const difference = ms - nowMs();
  const length = Math.abs(difference);
  if (length < 45000) return say(difference > 5000 ? "very_soon" : "just_now");
  const format = once("relative", (tag) =>
    new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" }));
  if (length < HOUR_MS) return format.format(Math.round(difference / MINUTE_MS), "minute");
  if (length < DAY_MS) return format.format(Math.round(difference / HOUR_MS), "hour");
  return format.format(Math.round(difference / DAY_MS), "day");
}

export function timeOfDay(ms: number): string {
  return once("time", (tag) => new Intl.DateTimeFormat(tag, { timeStyle: "medium" })).format(ms);
}

/** 14:02 for today, with the day in front for another day. */
export function since(ms: number): string {
  const sameDay = new Date(ms).toDateString() === new Date(nowMs()).toDateString();
  const clockTime = { hour: "2-digit", minute: "2-digit" } as const;
  if (sameDay)
    return once("since", (tag) => new Intl.DateTimeFormat(tag, clockTime)).format(ms);
  return once("since day", (tag) =>
    new Intl.DateTimeFormat(tag, { ...clockTime, day: "numeric", month: "short" })).format(ms);
}

/**
 * The date that a time begins with, "2026-03-01" or "2026-03-01T23:59:59Z": a day of the calendar
 * is the same one whatever zone this browser is in.
 */
export function dayOf(at: string | undefined): string {
  const date = (at ?? "").slice(0, 10);
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (!Number.isFinite(ms)) return date;
  return once("day", (tag) =>
    new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeZone: "UTC" })).format(ms);
}

export function absolute(ms: number): string {
  return once("absolute", (tag) =>
    new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "medium" })).format(ms);
}
