// One product: its price, where its stock lies, what moved it, and the forms that move it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { connection } from "../../live/connection";
import { useProducts } from "../../live/nouns";
import { BUCKETS } from "../../live/rows";
import type { MovementRow, ProductRow } from "../../live/rows";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail, Facts, named } from "../../parts/page";
import { State } from "../../parts/state";
import { placeText } from "../../parts/position";
import { When } from "../../parts/when";
import { hrefOf } from "../../route";
import { money, number, quantity, signed } from "../../words/format";
import { say, sayOr } from "../../words/say";
import { remember } from "./recent";
import { stockTone } from "./stock";
import { StockActions } from "./stock_actions";
import { Channels, Lots, Prices, Promised } from "./stock_more";

const MOVEMENTS_PAGE = 20;

function Price({ product }: { product: ProductRow }): JSX.Element {
  const { currency, promotion } = product;
  const reduced = promotion !== null && promotion !== undefined
    && product.regular_price !== null && product.regular_price !== undefined
    && product.price !== product.regular_price;
  return (
    <div class="price">
      <span class="price-now">{money(product.price, currency)}</span>
      {reduced && (
        <s class="price-was">
          <span class="seen-by-readers">{say("regular_price")} </span>
          {money(product.regular_price, currency)}
        </s>
      )}
      {product.override === true && (
        <State tone="attention" icon="labels" word={say("price_override")} />
      )}
      {product.held !== null && product.held !== undefined && (
        <span class="price-promotion quiet">
          {say("till_charges", { price: money(product.held.amount, currency) })}
          {product.held.until !== undefined && (
            <> · {say("until")} <When at={product.held.until} as="clock" /></>
          )}
        </span>
      )}
      {product.unit_price !== null && product.unit_price !== undefined && (
        <span class="price-unit quiet">
          {say("per_unit", {
            price: money(product.unit_price, currency),
            unit: sayOr(`unit_${product.unit_price_base ?? ""}`, product.unit_price_base ?? ""),
          })}
        </span>
      )}
      {reduced && (
        <span class="price-promotion">
          <State tone="attention" icon="labels" word={say("promotion")} />
          {promotion.to !== undefined && (
            <span class="quiet">{say("until")} <When at={promotion.to} as="clock" /></span>
          )}
          {product.lowest_30d !== null && product.lowest_30d !== undefined && (
            <span class="quiet">
              {say("lowest_30d", { price: money(product.lowest_30d, currency) })}
            </span>
          )}
        </span>
      )}
    </div>
  );
}

/** The two buckets people work with always show, the others only when something is in them. */
function Buckets({ product }: { product: ProductRow }): JSX.Element {
  const buckets = product.buckets ?? {};
  const shown = BUCKETS.filter((bucket) =>
    bucket === "shelf" || bucket === "backroom" || (buckets[bucket] ?? 0) !== 0);
  const count = (value: number | undefined): string => quantity(value ?? 0, product.sold_by);
  return (
    <>
      <dl class="stock-sums">
        <div class="stock-sum stock-sum-main">
          <dt>{say("on_hand")}</dt><dd>{count(product.on_hand)}</dd>
        </div>
        <div class="stock-sum"><dt>{say("available")}</dt><dd>{count(product.available)}</dd></div>
        <div class="stock-sum"><dt>{say("reserved")}</dt><dd>{count(product.reserved)}</dd></div>
      </dl>
      <dl class="buckets">
        {shown.map((bucket) => (
          <div key={bucket}
            class={(buckets[bucket] ?? 0) < 0 ? "bucket bucket-negative" : "bucket"}>
            <dt>{say(`bucket_${bucket}`)}</dt><dd>{count(buckets[bucket])}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function bucketName(bucket: string | undefined): string {
  return bucket === undefined ? "" : sayOr(`bucket_${bucket}`, bucket);
}

function Movement({ row }: { row: MovementRow }): JSX.Element {
  const moved = row.to_bucket !== undefined && row.to_bucket !== "";
  const where = moved
    ? say("from_to", { from: bucketName(row.bucket), to: bucketName(row.to_bucket) })
    : bucketName(row.bucket);
  const direction = moved ? "" : row.quantity < 0 ? " down" : " up";
  return (
    <li class="movement">
      <span class={`movement-quantity${direction}`}>
        {moved ? number(Math.abs(row.quantity)) : signed(row.quantity)}
      </span>
      <span class="movement-main">
        <span>{sayOr(`move_${row.kind}`, row.kind)}{row.reason !== undefined && row.reason !== ""
          && <span class="quiet"> · {named(row.reason)}</span>}</span>
        <small class="quiet">{where}{row.actor !== undefined && row.actor !== ""
          && <> · <bdi>{row.actor}</bdi></>}</small>
      </span>
      <span class="quiet"><When at={row.time} /></span>
    </li>
  );
}

interface Moved {
  rows: MovementRow[];
  more: boolean;
}

function useMovements(sku: string, sequence: number): { moved: Moved | null; older: () => void } {
  const [moved, setMoved] = useState<Moved | null>(null);
  const line = useCell(connection.line);
  const up = line.state === "up";
  useEffect(() => {
    let left = false;
    connection.request<Moved>("product.movements", { sku, limit: MOVEMENTS_PAGE }).then(
      (first) => (left ? undefined : setMoved((old) => {
        // What was already unfolded stays unfolded when a new movement comes on top.
        const oldest = first.rows[first.rows.length - 1]?.sequence ?? 0;
        const kept = old?.rows.filter((row) => row.sequence < oldest) ?? [];
        return kept.length === 0 ? first
          : { rows: [...first.rows, ...kept], more: old?.more ?? first.more };
      })),
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [sku, sequence, up]);
  const older = (): void => {
    const before = moved?.rows[moved.rows.length - 1]?.sequence;
    connection.request<Moved>("product.movements", { sku, before, limit: MOVEMENTS_PAGE }).then(
      (next) => setMoved((old) => ({
        rows: [...(old?.rows ?? []), ...next.rows], more: next.more,
      })),
      () => undefined,
    );
  };
  return { moved, older };
}

function Movements({ sku, sequence }: { sku: string; sequence: number }): JSX.Element {
  const { moved, older } = useMovements(sku, sequence);
  if (moved === null) return <Patience />;
  if (moved.rows.length === 0) return <p class="quiet">{say("movements_none")}</p>;
  return (
    <>
      <ol class="movements">
        {moved.rows.map((row, index) => (
          <Movement key={`${row.sequence} ${index}`} row={row} />
        ))}
      </ol>
      {moved.more && (
        <button type="button" class="button button-plain" onClick={older}>{say("show_older")}
        </button>
      )}
    </>
  );
}

function yes(flag: boolean | undefined): string {
  return flag === true ? say("yes") : "";
}

function some(value: number | undefined): string {
  return value === undefined || value === 0 ? "" : number(value);
}

function ProductFacts({ product }: { product: ProductRow }): JSX.Element {
  const unit = sayOr(`unit_${product.content_unit ?? ""}`, product.content_unit ?? "");
  const labels = product.labels ?? [];
  return (
    <Facts pairs={[
      [say("barcodes"), (product.gtins ?? []).length === 0 ? "" : (
        <span class="code">{product.gtins?.join(", ")}</span>
      )],
      [say("content"), product.content === undefined || product.content === 0 ? ""
        : `${number(product.content)} ${unit}`],
      [say("category"), named(product.category)],
      [say("position"), (product.positions ?? []).map((place) => placeText(place))
        .filter((text) => text !== "").join(" / ")],
      [say("origin"), named(product.origin)],
      [say("supplier"), named(product.supplier)],
      [say("case_size"), some(product.case_size)],
      [say("shelf_level"), some(product.min) === "" && some(product.max) === "" ? ""
        : `${number(product.min ?? 0)} – ${number(product.max ?? 0)}`],
      [say("allergens"), named(product.allergens)],
      [say("tax"), named(product.tax)],
      [say("least_age"), some(product.age)],
      [say("deposit"), (product.deposit ?? 0) === 0 ? ""
        : money(product.deposit, product.currency)],
      [say("fragile"), yes(product.fragile)],
      [say("not_stocked"), yes(product.not_stocked)],
      [say("rating"), (product.rating ?? 0) === 0 ? ""
        : say("rating_of", { rating: number(product.rating ?? 0), count: product.reviews ?? 0 })],
      [say("place_labels"), labels.length === 0 ? say("labels_unbound_here") : (
        <span class="link-list">
          {labels.map((label) => (
            <a key={label} class="code" href={hrefOf("/labels", { label })}>{label}</a>
          ))}
        </span>
      )],
    ]} />
  );
}

export function StockDetail({ sku }: { sku: string }): JSX.Element {
  const noun = useProducts([sku]);
  const product = noun.rows.get(sku);
  useEffect(() => {
    if (product !== undefined) remember(sku);
  }, [sku, product !== undefined]);
  if (product === undefined)
    return (
      <Detail part="product" label={say("product_named", { name: sku })} title={<bdi>{sku}</bdi>}>
        {noun.absent.has(sku)
          ? <Empty icon="unknown" title={say("product_unknown", { sku })} /> : <Patience />}
      </Detail>
    );
  const { tone, word } = stockTone(product);
  return (
    <Detail part="product" label={say("product_named", { name: product.name })}
      title={<bdi lang={product.lang}>{product.name}</bdi>}
      kicker={(
        <>
          <bdi class="code">{product.sku}</bdi>
          {product.brand !== undefined && product.brand !== ""
            && <> · <bdi>{product.brand}</bdi></>}
        </>
      )}>
      <div class="detail-state">
        <State tone={tone} word={word} />
        {product.removed === true && <State tone="unknown" word={say("product_removed")} />}
      </div>
      <Price product={product} />
      <Buckets product={product} />
      <StockActions product={product} />
      <Channels product={product} />
      <Promised product={product} />
      <Lots product={product} />
      <Prices product={product} />
      <Block title={say("movements")}>
        <Movements sku={product.sku} sequence={product.sequence} />
      </Block>
      <Block title={say("product_facts")}><ProductFacts product={product} /></Block>
    </Detail>
  );
}
