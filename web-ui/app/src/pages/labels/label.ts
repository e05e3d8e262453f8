// What the page concludes from a label row: its group, its place in the list, its words.
import type { LabelRow, LabelState } from "../../live/rows";
import type { IconName } from "../../parts/icon";
import type { Tone } from "../../parts/state";
import { millis } from "../../parts/when";
import type { Word } from "../../words/say";

/** dirty, offered and sending are one thing to people: the label does not show it yet. */
export type Group = "failed" | "lost" | "waiting" | "unknown" | "unbound" | "clean";

export const GROUPS: readonly Group[] =
  ["failed", "lost", "waiting", "unknown", "unbound", "clean"];

const GROUP_OF: Record<LabelState, Group> = {
  failed: "failed", lost: "lost", dirty: "waiting", offered: "waiting", sending: "waiting",
  unknown: "unknown", unbound: "unbound", clean: "clean",
};

export function groupOf(label: LabelRow): Group {
  return GROUP_OF[label.state] ?? "unknown";
}

export const GROUP_WORD: Record<Group, Word> = {
  failed: "label_failed", lost: "label_lost", waiting: "label_waiting",
  unknown: "label_unknown", unbound: "label_unbound", clean: "label_clean",
};

export const GROUP_TONE: Record<Group, Tone> = {
  failed: "problem", lost: "attention", waiting: "plain",
  unknown: "unknown", unbound: "unknown", clean: "ok",
};

export const GROUP_ICON: Record<Group, IconName> = {
  failed: "problem", lost: "attention", waiting: "fresh",
  unknown: "unknown", unbound: "plus", clean: "ok",
};

/** Worst group first; in a group the one that has been so for longest. */
export function compare(a: LabelRow, b: LabelRow): number {
  const rank = GROUPS.indexOf(groupOf(a)) - GROUPS.indexOf(groupOf(b));
  if (rank !== 0) return rank;
  const older = (millis(a.since) ?? 0) - (millis(b.since) ?? 0);
  if (older !== 0 && groupOf(a) !== "clean") return older;
  return a.label < b.label ? -1 : 1;
}

export const LABEL_ID = /^(?:[0-9A-F]{12}|[0-9A-F]{16})$/;

/** A label's number as it is scanned or typed: hex, with or without separators. */
export function readLabelId(text: string): string | null {
  const plain = text.trim().toUpperCase().replace(/[\s:.-]/g, "");
  return LABEL_ID.test(plain) ? plain : null;
}
