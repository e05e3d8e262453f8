// Binding a label to a product. A scan inside this form belongs to it: a product's barcode is
// the product to show.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import { connection } from "../../live/connection";
import type { ProductRow } from "../../live/rows";
import { Refusal, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import type { Undo } from "../../parts/tell";
import { ask, useScanClaim } from "../../scan/resolve";
import { say } from "../../words/say";
import { PickProduct } from "../../parts/pick_product";
import type { Picked } from "../../parts/pick_product";

interface Props {
  label: string;
  /** What it shows now, so that undo can put it back. */
  before: string | null;
  focus?: boolean;
  onDone?: () => void;
}

function undoOf(label: string, before: string | null): Undo {
  return before === null
    ? { type: "label.unbind", data: { label }, done: say("undone") }
    : { type: "label.bind", data: { label, sku: before }, done: say("undone") };
}

export async function productOfScan(code: string): Promise<Picked | null> {
  const found = await ask(code);
  if (found.kind !== "product" || found.key === undefined) return null;
  const got = await connection.request<ProductRow | { rows: ProductRow[] }>(
    "product.get", { sku: found.key });
  const row = "rows" in got ? got.rows[0] : got;
  return row === undefined ? null : { sku: row.sku, name: row.name };
}

export function BindForm({ label, before, focus = false, onDone }: Props): JSX.Element {
  const form = useCommand();
  const [product, setProduct] = useState<Picked | null>(null);
  useScanClaim((code) => {
    void productOfScan(code).then((picked) => {
      if (picked === null) tell(say("scan_no_product", { code }), null, "attention");
      else setProduct(picked);
    }, () => tell(say("scan_away", { code }), null, "attention"));
    return true;
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (product === null) return;
    const { name, sku } = product;
    form.send("label.bind", { label, sku }, () => {
      tell(say("did_bind", { label, name }), undoOf(label, before));
      setProduct(null);
      onDone?.();
    });
  };
  return (
    <form class="stack bind-form" onSubmit={submit}
      aria-label={say("bind_form_named", { label })}>
      <PickProduct value={product} onPick={(picked) => {
        form.forget();
        setProduct(picked);
      }} focus={focus} />
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={product === null}>
          {say(before === null ? "do_bind" : "do_rebind")}
        </Submit>
      </div>
    </form>
  );
}
