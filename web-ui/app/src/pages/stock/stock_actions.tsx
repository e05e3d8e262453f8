// What can be done with a product's stock: one form that says what will be true afterwards. While
// it is open, a scan of this very product belongs to it and counts one up.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { byAssociate } from "../../live/associate";
import { useCommand } from "../../live/command";
import type { Bucket, ProductRow } from "../../live/rows";
import { Field, readDecimal, Refusal, Segments, Select, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import { route } from "../../route";
import { useScanClaim } from "../../scan/resolve";
import { quantity } from "../../words/format";
import { say } from "../../words/say";
import { BUCKETS_HERE, FEW, isMoveKind, KINDS, MOVES, undoOf } from "./stock_move";
import type { Draft, MoveKind } from "./stock_move";

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
  const gains = draft.kind === "receive" || draft.kind === "adjust";
  return Math.round((before + (gains ? value : -value)) * 1000) / 1000;
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

function bodyOf(product: ProductRow, draft: Draft, value: number): Record<string, unknown> {
  const move = MOVES[draft.kind];
  const body: Record<string, unknown> = {
    sku: product.sku, kind: draft.kind, quantity: value, ...byAssociate(),
  };
  if (move.chooses) body["bucket"] = draft.bucket;
  if (move.to !== undefined && draft.to !== move.to[0]) body["to"] = draft.to;
  if (draft.reason.trim() !== "") body["reason"] = draft.reason.trim();
  // A date is good until its evening.
  if (draft.expiry !== "") body["expiry"] = `${draft.expiry}T00:00:00Z`;
  if (draft.lot.trim() !== "") body["lot"] = draft.lot.trim();
  return body;
}

function reasonsFor(kind: MoveKind): string[] {
  if (kind === "waste" || kind === "damage")
    return [say("reason_expired"), say("reason_damaged"), say("reason_broken")];
  return [say("reason_found"), say("reason_missing"), say("reason_damaged"), say("reason_theft")];
}

function verb(product: ProductRow, draft: Draft, value: number | null): string {
  if (value === null) return say(`do_${draft.kind}`);
  const amount = quantity(value, product.sold_by);
  return say(`do_${draft.kind}_some`, { amount });
}

function draftOf(kind: MoveKind): Draft {
  const move = MOVES[kind];
  return {
    kind, bucket: move.from, to: move.to?.[0] ?? "shelf", text: "", reason: "", lot: "",
    expiry: "",
  };
}

interface ChoiceProps {
  draft: Draft;
  onKind: (kind: MoveKind) => void;
}

/** What is done all day is one tap away, the rest two. */
function Choice({ draft, onKind }: ChoiceProps): JSX.Element {
  const few = FEW.find((kind) => kind === draft.kind);
  const rest = KINDS.filter((kind) => !FEW.includes(kind));
  const options = [
    ...FEW.map((kind) => ({ value: kind as string, word: say(`do_${kind}`) })),
    { value: "other", word: say("do_other") },
  ];
  return (
    <>
      <Segments label={say("movement")} value={few ?? "other"} options={options}
        onChange={(kind) => onKind(isMoveKind(kind) ? kind : rest[0]!)} />
      {few === undefined && (
        <Select label={say("movement")} value={draft.kind} onChange={onKind}
          options={rest.map((kind) => ({ value: kind, word: say(`do_${kind}`) }))} />
      )}
    </>
  );
}

interface MoreProps {
  product: ProductRow;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

function More({ product, draft, change }: MoreProps): JSX.Element {
  const move = MOVES[draft.kind];
  const dated = product.track_expiry === true && move.dated === true;
  return (
    <>
      {move.to !== undefined && move.to.length > 1 && (
        <Select label={say("where_to")} value={draft.to} onChange={(to) => change({ to })}
          options={move.to.map((bucket) => ({ value: bucket, word: say(`bucket_${bucket}`) }))} />
      )}
      {dated && (
        <div class="fields">
          <Field label={say("best_before")} kind="date" value={draft.expiry}
            onInput={(expiry) => change({ expiry })} />
          <Field label={say("lot")} value={draft.lot} onInput={(lot) => change({ lot })} />
        </div>
      )}
      {move.reason === true && (
        <Field label={say("reason")} value={draft.reason} onInput={(reason) => change({ reason })}
          suggestions={reasonsFor(draft.kind)} />
      )}
    </>
  );
}

export function StockActions({ product }: { product: ProductRow }): JSX.Element {
  const form = useCommand();
  const wish = useCell(route).query.get("do") ?? "";
  const [draft, setDraft] = useState<Draft>(() => draftOf(isMoveKind(wish) ? wish : "receive"));
  useEffect(() => {
    if (isMoveKind(wish)) setDraft(draftOf(wish));
  }, [wish]);
  const change = (part: Partial<Draft>): void => {
    form.forget();
    setDraft({ ...draft, ...part });
  };
  const move = MOVES[draft.kind];
  const value = readDecimal(draft.text);
  const complete = value !== null && problemOf(draft, value) === null
    && (move.reason !== true || draft.reason.trim() !== "");

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
    // The one word that orders have already, with another meaning.
    const did = draft.kind === "inspect" ? "did_inspected" : `did_${draft.kind}` as const;
    const said = say(did, {
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
      <Choice draft={draft} onKind={(kind) => {
        form.forget();
        setDraft(draftOf(kind));
      }} />
      <div class="fields">
        <Field label={say(draft.kind === "count" ? "counted" : "quantity")} kind="decimal"
          value={draft.text} onInput={(text) => change({ text })}
          hint={hintOf(product, draft, value)} placeholder={draft.kind === "adjust" ? "±0" : "0"} />
        {move.chooses && (
          <Select label={say("where")} value={draft.bucket}
            options={BUCKETS_HERE.map((bucket: Bucket) => (
              { value: bucket, word: say(`bucket_${bucket}`) }))}
            onChange={(bucket) => change({ bucket })} />
        )}
      </div>
      <More product={product} draft={draft} change={change} />
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!complete}>
          {verb(product, draft, complete ? value : null)}
        </Submit>
      </div>
    </form>
  );
}
