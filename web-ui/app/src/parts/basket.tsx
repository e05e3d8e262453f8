// Products with quantities, gathered by search or scan: what an order, a return, a delivery or a
// transfer is made of. The same product scanned twice is two of it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useProducts } from "../live/nouns";
import type { ProductRow } from "../live/rows";
import { useScanClaim } from "../scan/resolve";
import { money, quantity } from "../words/format";
import { say } from "../words/say";
import { productOf } from "./code_entry";
import { readDecimal } from "./form";
import { Icon } from "./icon";
import { PickProduct } from "./pick_product";
import { tell } from "./tell";

const LINES_MAX = 50;

export interface BasketLine {
  sku: string;
  text: string;
}

export interface Basket {
  lines: readonly BasketLine[];
  add: (sku: string, amount?: number) => void;
  put: (lines: readonly BasketLine[]) => void;
  set: (sku: string, text: string) => void;
  drop: (sku: string) => void;
  /** What is filled in rightly; null while a quantity is none. */
  amounts: { sku: string; quantity: number }[] | null;
}

export function useBasket(): Basket {
  const [lines, put] = useState<readonly BasketLine[]>([]);
  const add = (sku: string, amount = 1): void => put((old) => {
    const there = old.find((line) => line.sku === sku);
    if (there === undefined)
      return old.length >= LINES_MAX ? old : [...old, { sku, text: String(amount) }];
    const text = String((readDecimal(there.text) ?? 0) + amount);
    return old.map((line) => (line.sku === sku ? { sku, text } : line));
  });
  const read = lines.map((line) => ({ sku: line.sku, quantity: readDecimal(line.text) ?? 0 }));
  return {
    lines, add, put,
    set: (sku, text) => put((old) =>
      old.map((line) => (line.sku === sku ? { sku, text } : line))),
    drop: (sku) => put((old) => old.filter((line) => line.sku !== sku)),
    amounts: read.length > 0 && read.every((line) => line.quantity > 0) ? read : null,
  };
}

/** The sum of what has a price; null when something has none. */
export function sumOf(
  lines: { sku: string; quantity: number }[] | null, rows: ReadonlyMap<string, ProductRow>,
): number | null {
  if (lines === null) return null;
  let sum = 0;
  for (const line of lines) {
    const price = rows.get(line.sku)?.price;
    if (price === null || price === undefined) return null;
    sum += price * line.quantity;
  }
  return sum;
}

interface Props {
  basket: Basket;
  /** Show what is free to sell and what it costs: for orders. */
  selling?: boolean;
  /** Products are chosen elsewhere; here only their quantities. */
  fixed?: boolean;
  focus?: boolean;
}

export function BasketLines({ basket, selling = false, fixed = false, focus = false }: Props):
JSX.Element {
  const noun = useProducts(basket.lines.map((line) => line.sku));
  useScanClaim((code) => {
    void productOf(code).catch(() => null).then((sku) => {
      if (sku === null) tell(say("scan_no_product", { code }), null, "attention");
      else if (!fixed || basket.lines.some((line) => line.sku === sku)) basket.add(sku);
    });
    return true;
  });
  const under = (row: ProductRow | undefined): string => {
    if (row === undefined) return "";
    if (!selling) return row.sku;
    return `${money(row.price, row.currency)} · ${say("free_now", {
      amount: quantity(row.available ?? 0, row.sold_by),
    })}`;
  };
  return (
    <div class="stack">
      {!fixed && (
        <PickProduct value={null} focus={focus} onPick={(product) => {
          if (product !== null) basket.add(product.sku);
        }} />
      )}
      {basket.lines.length > 0 && (
        <ul class="lines-list">
          {basket.lines.map((line) => {
            const row = noun.rows.get(line.sku);
            const name = row?.name ?? line.sku;
            return (
              <li key={line.sku}>
                <span class="line-what">
                  <bdi>{name}</bdi>
                  <small class="quiet">{under(row)}</small>
                </span>
                <span class="line-amount">
                  <input type="text" inputMode="decimal" class="numeric" maxLength={12}
                    aria-label={say("quantity_of", { name })} value={line.text}
                    onInput={(event) => basket.set(line.sku, event.currentTarget.value)} />
                </span>
                <button type="button" class="button-icon" aria-label={say("take_out", { name })}
                  onClick={() => basket.drop(line.sku)}>
                  <Icon name="close" size={16} />
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
