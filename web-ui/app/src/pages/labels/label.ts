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

interface Standing {
  rank: number;
  since: number;
}

// Twenty thousand rows are sorted at every change; rows are replaced, never changed, so what was
// worked out for a row stays true for it.
const standings = new WeakMap<LabelRow, Standing>();

function standingOf(label: LabelRow): Standing {
  const known = standings.get(label);
  if (known !== undefined) return known;
  const group = groupOf(label);
  // For a label that is up to date it does not matter since when.
  const since = group === "clean" ? 0 : millis(label.since) ?? 0;
  const fresh = { rank: GROUPS.indexOf(group), since };
  standings.set(label, fresh);
  return fresh;
}

/** Worst group first; in a group the one that has been so for longest. */
export function compare(a: LabelRow, b: LabelRow): number {
  const left = standingOf(a);
  const right = standingOf(b);
  if (left.rank !== right.rank) return left.rank - right.rank;
  if (left.since !== right.since) return left.since - right.since;
  return a.label < b.label ? -1 : 1;
}

export const LABEL_ID = /^(?:[0-9A-F]{12}|[0-9A-F]{16})$/;

/** A label's number as it is scanned or typed: hex, with or without separators. */
export function readLabelId(text: string): string | null {
  const plain = text.trim().toUpperCase().replace(/[\s:.-]/g, "");
  return LABEL_ID.test(plain) ? plain : null;
}
