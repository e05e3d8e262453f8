// The kinds of movements that people make, with the bucket each begins at: the node's own table
// (stock.move) as far as the form must know it.
import type { Bucket, ProductRow } from "../../live/rows";
import type { Undo } from "../../parts/tell";
import { say } from "../../words/say";

export const KINDS = [
  "receive", "fill", "count", "adjust", "waste", "put_away", "pull_back", "damage", "inspect",
  "display", "undisplay",
] as const;
export type MoveKind = (typeof KINDS)[number];
export const FEW: readonly MoveKind[] = ["receive", "fill", "count", "adjust", "waste"];

export function isMoveKind(word: string): word is MoveKind {
  return (KINDS as readonly string[]).includes(word);
}

export interface Move {
  from: Bucket;
  /** Where it may end up, the usual one first. */
  to?: readonly Bucket[];
  /** The person chooses where it begins. */
  chooses: boolean;
  reason?: boolean;
  dated?: boolean;
}

export const MOVES: Record<MoveKind, Move> = {
  receive: { from: "backroom", chooses: true, dated: true },
  fill: { from: "backroom", to: ["shelf"], chooses: false },
  count: { from: "shelf", chooses: true },
  adjust: { from: "shelf", chooses: true, reason: true },
  waste: { from: "shelf", chooses: true, reason: true, dated: true },
  put_away: { from: "backroom", to: ["shelf"], chooses: false },
  pull_back: { from: "shelf", to: ["backroom"], chooses: false },
  damage: { from: "shelf", to: ["damaged"], chooses: true, reason: true },
  inspect: { from: "returned", to: ["shelf", "backroom", "damaged"], chooses: false },
  display: { from: "shelf", to: ["display"], chooses: false },
  undisplay: { from: "display", to: ["shelf"], chooses: false },
};

// Staged goods belong to their orders, and goods in transit are not here to be touched.
export const BUCKETS_HERE: readonly Bucket[] =
  ["shelf", "backroom", "display", "damaged", "returned"];

export interface Draft {
  kind: MoveKind;
  bucket: Bucket;
  to: Bucket;
  text: string;
  reason: string;
  lot: string;
  expiry: string;
}

const BACK: Partial<Record<MoveKind, MoveKind>> = {
  fill: "pull_back", put_away: "pull_back", pull_back: "put_away", display: "undisplay",
  undisplay: "display",
};

/** The movement that takes it back; a count has none, because others may have counted since. */
export function undoOf(product: ProductRow, draft: Draft, value: number): Undo | null {
  const reason = say("reason_undo", { move: say(`move_${draft.kind}`) });
  const done = say("undone");
  const back = BACK[draft.kind];
  if (back !== undefined)
    return {
      type: "stock.move", done, data: { sku: product.sku, kind: back, quantity: value, reason },
    };
  if (draft.kind !== "receive" && draft.kind !== "adjust" && draft.kind !== "waste") return null;
  return {
    type: "stock.move", done,
    data: {
      sku: product.sku, kind: "adjust", bucket: draft.bucket,
      quantity: draft.kind === "waste" ? value : -value, reason,
    },
  };
}
