// Picking one order: every piece is confirmed by its code, scanned or typed; the node refuses what
// does not belong and says what was expected.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useProducts } from "../../live/nouns";
import type { OrderLine, OrderRow, ProductRow } from "../../live/rows";
import { named } from "../../parts/page";
import { PickTrouble } from "../../parts/pick_trouble";
import type { Trouble } from "../../parts/pick_trouble";
import { ScanEntry } from "../../parts/scan_entry";
import { useScans } from "../../parts/scans";
import { LotFirst, Where } from "../../parts/where";
import { quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";
import { allows, leftOf } from "./order";
import { baseOf } from "./order_forms";

function Left({ order, line, product, onTrouble }: {
  order: OrderRow; line: OrderLine; product: ProductRow | undefined;
  onTrouble: (trouble: Trouble) => void;
}): JSX.Element {
  const replaceable = line.policy !== undefined && line.policy !== "none";
  return (
    <li>
      <span class="line-what">
        <Where product={product} />
        <strong>{quantity(leftOf(line), line.sold_by)} ×</strong>{" "}
        <bdi>{line.name ?? line.sku}</bdi>
        <small class="quiet code">{line.sku}</small>
        {product?.track_expiry === true && <LotFirst sku={line.sku} />}
        {line.note !== undefined && line.note !== "" && <small>{named(line.note)}</small>}
        {replaceable && (
          <small class="quiet">{sayOr(`policy_${line.policy}`, line.policy ?? "")}</small>
        )}
      </span>
      {allows(order, "short") && (
        <button type="button" class="button" onClick={() => onTrouble("short")}>
          {say("do_short")}
        </button>
      )}
      {replaceable && allows(order, "substitute") && (
        <button type="button" class="button" onClick={() => onTrouble("substitute")}>
          {say("do_substitute")}
        </button>
      )}
    </li>
  );
}

export function OrderPick({ order }: { order: OrderRow }): JSX.Element | null {
  const [trouble, setTrouble] = useState<{ line: OrderLine["line"]; of: Trouble } | null>(null);
  const scans = useScans("order.pick", (sku, code) => {
    // Its version changes with every pick, and scans do not wait for each other's outcome.
    const { version: _, ...base } = baseOf(order);
    const list = order.list === undefined || order.list === "" ? {} : { list: order.list };
    const line = order.lines.find((each) => each.sku === sku);
    return { data: { ...base, ...list }, said: say("did_pick_one", { name: line?.name ?? code }) };
  });
  const left = order.lines.filter((line) => leftOf(line) > 0);
  const may = allows(order, "pick") && left.length > 0;
  const products = useProducts(may ? left.map((line) => line.sku) : []);
  if (!may) return null;
  const open = left.find((line) => line.line === trouble?.line);
  if (open !== undefined && trouble !== null)
    return (
      <section class="pick-panel">
        <PickTrouble base={baseOf(order)} line={open.line} name={open.name ?? open.sku}
          left={leftOf(open)} trouble={trouble.of} onDone={() => setTrouble(null)} />
      </section>
    );
  return (
    <section class="pick-panel" aria-label={say("pick_now")}>
      <ScanEntry label={say("pick_code")} verb={say("do_pick")} scans={scans} />
      <ul class="lines-list">
        {left.map((line) => (
          <Left key={line.line} order={order} line={line} product={products.rows.get(line.sku)}
            onTrouble={(of) => setTrouble({ line: line.line, of })} />
        ))}
      </ul>
    </section>
  );
}
