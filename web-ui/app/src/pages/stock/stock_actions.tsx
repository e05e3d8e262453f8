// Receive, fill, count, adjust, waste: one form that says what will be true afterwards. While it
// is open, a scan of this very product belongs to it and counts one up.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import type { Bucket, ProductRow } from "../../live/rows";
import { Field, readDecimal, Refusal, Segments, Select, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import type { Undo } from "../../parts/tell";
import { useScanClaim } from "../../scan/resolve";
import { quantity } from "../../words/format";
import { say } from "../../words/say";

const KINDS = ["receive", "fill", "count", "adjust", "waste"] as const;
type Kind = (typeof KINDS)[number];

const BUCKET_FIRST: Record<Kind, Bucket> = {
  receive: "backroom", fill: "backroom", count: "shelf", adjust: "shelf", waste: "shelf",
};
// Staged goods belong to their orders, and goods in transit are not here to be touched.
const BUCKETS_HERE: readonly Bucket[] = ["shelf", "backroom", "display", "damaged", "returned"];

interface Draft {
  kind: Kind;
  bucket: Bucket;
  text: string;
  reason: string;
}

function problemOf(draft: Draft, value: number | null): string | null {
  if (draft.text.trim() === "") return null;
  if (value === null) return say("quantity_bad");
  if (draft.kind === "adjust") return value === 0 ? say("quantity_not_zero") : null;
  if (draft.kind === "count") return value < 0 ? say("quantity_not_negative") : null;
  return value <= 0 ? say("quantity_positive") : null;
}

/** What the bucket will hold once the node has agreed. */
function after(product: ProductRow, draft: Draft, value: number): number {
  const before = product.buckets?.[draft.bucket] ?? 0;
  if (draft.kind === "count") return value;
  const taken = draft.kind === "fill" || draft.kind === "waste";
  return Math.round((before + (taken ? -value : value)) * 1000) / 1000;
}

function hintOf(product: ProductRow, draft: Draft, value: number | null): string {
  const before = product.buckets?.[draft.bucket] ?? 0;
  const place = say(`bucket_${draft.bucket}`);
  const now = quantity(before, product.sold_by);
  const problem = problemOf(draft, value);
  if (problem !== null) return problem;
  if (value === null) return say("hint_now", { place, now });
  const then = quantity(after(product, draft, value), product.sold_by);
  return say("hint_then", { place, now, then });
}

/** The movement that takes it back; a count has none, because others may have counted since. */
function undoOf(product: ProductRow, draft: Draft, value: number): Undo | null {
  if (draft.kind === "count" || draft.kind === "fill") return null;
  const back = draft.kind === "waste" ? value : -value;
  return {
    type: "stock.move", done: say("undone"),
    data: {
      sku: product.sku, kind: "adjust", bucket: draft.bucket, quantity: back,
      reason: say("reason_undo", { move: say(`move_${draft.kind}`) }),
    },
  };
}

function bodyOf(product: ProductRow, draft: Draft, value: number): Record<string, unknown> {
  const body: Record<string, unknown> = {
    sku: product.sku, kind: draft.kind, quantity: value,
  };
  if (draft.kind !== "fill") body["bucket"] = draft.bucket;
  if (draft.reason.trim() !== "") body["reason"] = draft.reason.trim();
  return body;
}

function reasonsFor(kind: Kind): string[] {
  if (kind === "waste")
    return [say("reason_expired"), say("reason_damaged"), say("reason_broken")];
  return [say("reason_found"), say("reason_missing"), say("reason_damaged"), say("reason_theft")];
}

function verb(product: ProductRow, draft: Draft, value: number | null): string {
  if (value === null) return say(`do_${draft.kind}`);
  const amount = quantity(value, product.sold_by);
  return say(`do_${draft.kind}_some`, { amount });
}

export function StockActions({ product }: { product: ProductRow }): JSX.Element {
  const form = useCommand();
  const [draft, setDraft] = useState<Draft>(
    { kind: "receive", bucket: "backroom", text: "", reason: "" },
  );
  const change = (part: Partial<Draft>): void => {
    form.forget();
    setDraft({ ...draft, ...part });
  };
  const value = readDecimal(draft.text);
  const needsReason = draft.kind === "adjust" || draft.kind === "waste";
  const complete = value !== null && problemOf(draft, value) === null
    && (!needsReason || draft.reason.trim() !== "");

  useScanClaim((code) => {
    const digits = code.replace(/\D/g, "").replace(/^0+/, "");
    const own = (product.gtins ?? []).some((gtin) => gtin.replace(/^0+/, "") === digits);
    if (!own || code === product.sku) return false;
    change({ text: String(Math.round(((value ?? 0) + 1) * 1000) / 1000) });
    return true;
  });

  const submit = (event: Event): void => {
    event.preventDefault();
    if (value === null || !complete) return;
    const undo = undoOf(product, draft, value);
    const said = say(`did_${draft.kind}`, {
      name: product.name, amount: quantity(value, product.sold_by),
      place: say(`bucket_${draft.bucket}`),
    });
    form.send("stock.move", bodyOf(product, draft, value), () => {
      tell(said, undo);
      setDraft((old) => ({ ...old, text: "", reason: "" }));
    });
  };

  return (
    <form class="stock-form stack" onSubmit={submit} aria-label={say("stock_form")}>
      <Segments label={say("movement")} value={draft.kind}
        options={KINDS.map((kind) => ({ value: kind, word: say(`do_${kind}`) }))}
        onChange={(kind) => change({ kind, bucket: BUCKET_FIRST[kind] })} />
      <div class="fields">
        <Field label={say(draft.kind === "count" ? "counted" : "quantity")} kind="decimal"
          value={draft.text} onInput={(text) => change({ text })}
          hint={hintOf(product, draft, value)} placeholder={draft.kind === "adjust" ? "±0" : "0"} />
        {draft.kind !== "fill" && (
          <Select label={say("where")} value={draft.bucket}
            options={BUCKETS_HERE.map((bucket) => (
              { value: bucket, word: say(`bucket_${bucket}`) }))}
            onChange={(bucket) => change({ bucket })} />
        )}
      </div>
      {needsReason && (
        <Field label={say("reason")} value={draft.reason} onInput={(reason) => change({ reason })}
          suggestions={reasonsFor(draft.kind)} />
      )}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!complete}>
          {verb(product, draft, complete ? value : null)}
        </Submit>
      </div>
    </form>
  );
}
