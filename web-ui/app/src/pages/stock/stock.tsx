// Stock: find a product by any part of its name, its number or its barcode; then what is known
// of it and what can be done with it.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { connection, Cut } from "../../live/connection";
import { nouns, useProducts } from "../../live/nouns";
import type { ProductRow } from "../../live/rows";
import { Empty, Fault } from "../../parts/loading";
import { Head, Split } from "../../parts/page";
import { RowCells, RowList, RowNames } from "../../parts/row_list";
import { Search } from "../../parts/search";
import { State } from "../../parts/state";
import { go, hrefWith, route } from "../../route";
import { money, quantity } from "../../words/format";
import { say } from "../../words/say";
import { recentProducts } from "./recent";
import { StockDetail } from "./stock_detail";

const TYPING_MS = 80;
const FOUND_MAX = 50;

interface Found {
  search: string;
  rows: ProductRow[];
  fault: string;
}

/** Asks as the person types; an answer to an older question is thrown away. */
function useFound(search: string): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  const line = useCell(connection.line);
  const up = line.state === "up";
  useEffect(() => {
    if (search.trim() === "") {
      setFound(null);
      return undefined;
    }
    let left = false;
    const timer = setTimeout(() => {
      connection.request<{ rows: ProductRow[] }>(
        "product.search", { q: search.trim(), limit: FOUND_MAX },
      ).then(
        ({ rows }) => (left ? undefined : setFound({ search, rows, fault: "" })),
        (error: unknown) => {
          if (left || error instanceof Cut) return;
          setFound({ search, rows: [], fault: error instanceof Error ? error.message : "" });
        },
      );
    }, TYPING_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [search, up]);
  return found;
}

export interface StockTone {
  tone: "ok" | "attention" | "problem";
  word: string;
}

export function stockTone(product: ProductRow): StockTone {
  const onHand = product.on_hand ?? 0;
  if (onHand < 0) return { tone: "problem", word: say("stock_negative") };
  if (onHand === 0) return { tone: "attention", word: say("stock_out") };
  return { tone: "ok", word: say("stock_in") };
}

function ProductCells({ product }: { product: ProductRow }): JSX.Element {
  const { tone, word } = stockTone(product);
  return (
    <RowCells
      state={<State tone={tone} word={word} />}
      title={<bdi lang={product.lang}>{product.name}</bdi>}
      sub={(
        <>
          <bdi class="code">{product.sku}</bdi>
          {product.brand !== undefined && product.brand !== "" && (
            <span> · <bdi>{product.brand}</bdi></span>
          )}
        </>
      )}
      columns={[money(product.price, product.currency)]}
      end={<strong>{quantity(product.on_hand ?? 0, product.sold_by)}</strong>}
      endSub={money(product.price, product.currency)} />
  );
}

type Wish = "open" | "walk" | null;

/**
 * Enter opens the first hit, ArrowDown walks into the hits: those of what was typed, also when the
 * key came before the answer.
 */
function useKeysInto(search: string, found: Found | null): (event: KeyboardEvent) => void {
  const wish = useRef<Wish>(null);
  const grant = (): void => {
    const asked = search.trim() !== "";
    if (wish.current === null || (asked && found?.search !== search)) return;
    const first = found?.rows[0];
    if (wish.current === "walk")
      document.querySelector<HTMLElement>(".list-stock .row[data-position='0']")?.focus();
    else if (first !== undefined) go(hrefWith({ product: first.key }));
    wish.current = null;
  };
  useEffect(grant, [found]);
  useEffect(() => {
    wish.current = null;
  }, [search]);
  return (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    if (event.key === "ArrowDown") event.preventDefault();
    wish.current = event.key === "Enter" ? "open" : "walk";
    grant();
  };
}

function Start(): JSX.Element {
  return (
    <Empty icon="stock" title={say("stock_start")}>
      <p>{say("stock_start_hint")}</p>
    </Empty>
  );
}

export function Stock(): JSX.Element {
  const { query } = useCell(route);
  const [search, setSearch] = useState(query.get("q") ?? "");
  const place = useRef<HTMLDivElement>(null);
  const open = query.get("product");
  const recent = useCell(recentProducts);
  const found = useFound(search);
  const shown = found === null ? recent : found.rows.map((row) => row.key);
  const noun = useProducts(shown);
  const keysInto = useKeysInto(search, found);

  const change = (q: string): void => {
    setSearch(q);
    go(hrefWith({ q }), true);
  };
  const rowOf = (key: string): ProductRow | undefined =>
    noun.rows.get(key) ?? found?.rows.find((row) => row.key === key);
  const drawn = shown.filter((key) => rowOf(key) !== undefined);

  const list = (
    <div ref={place} class="list list-stock">
      <div class="list-head">
        <Head title={say("place_stock")} beside={(
          <>
            <Search label={say("search_stock")} value={search} onInput={change}
              onKeyDown={keysInto} />
            <a class="button wide-only" href="/prices">{say("place_prices")}</a>
          </>
        )} />
        {found === null && drawn.length > 0 && <h2 class="list-title">{say("stock_recent")}</h2>}
        {found !== null && found.rows.length > 0 && (
          <h2 class="list-title" role="status">
            {found.rows.length >= FOUND_MAX ? say("stock_first", { count: FOUND_MAX })
              : say("stock_found", { count: found.rows.length })}
          </h2>
        )}
        {drawn.length > 0 && (
          <RowNames names={[
            say("col_state"), say("col_product"), say("col_price"), say("col_on_hand"),
          ]} />
        )}
      </div>
      {found !== null && found.fault !== "" && <Fault text={found.fault} />}
      {found !== null && found.fault === "" && found.rows.length === 0 && (
        <Empty icon="search" title={say("stock_none", { search: found.search })}>
          <p>{say("stock_none_hint")}</p>
        </Empty>
      )}
      {found === null && drawn.length === 0 && search === "" && <Start />}
      {drawn.length > 0 && (
        <RowList label={say("place_stock")} keys={drawn} lit={nouns.product.litMs} open={open}
          hrefOf={(product) => hrefWith({ product })}>
          {(key) => {
            const product = rowOf(key);
            return product === undefined ? null : <ProductCells product={product} />;
          }}
        </RowList>
      )}
    </div>
  );
  const detail = open === null ? null : <StockDetail key={open} sku={open} />;
  return <Split name="stock" list={list} detail={detail} />;
}
