// What else is known of a product: what each channel may sell, its lots, its prices over time, and
// the local price for an emergency.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { byAssociate } from "../../live/associate";
import { nowMs } from "../../live/clock";
import { useQuery } from "../../live/query";
import type { ProductRow } from "../../live/rows";
import type { LotRow, PriceRow } from "../../live/work_rows";
import { Ask, soonOptions } from "../../parts/ask";
import { Patience } from "../../parts/loading";
import { Block } from "../../parts/page";
import { State } from "../../parts/state";
import { millis, When } from "../../parts/when";
import { goodUntil } from "../../parts/where";
import { hrefOf } from "../../route";
import { dayOf, money, quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";

const PRICES_MAX = 50;

/** Free to sell by channel, where a channel may sell less than the others. */
export function Channels({ product }: { product: ProductRow }): JSX.Element | null {
  const asked = useQuery<{ channels: Record<string, number> }>(
    "product.available", { sku: product.sku });
  const rows = Object.entries(asked.answer?.channels ?? {});
  if (rows.every((row) => row[1] === rows[0]?.[1])) return null;
  return (
    <Block title={say("free_by_channel")}>
      <dl class="buckets buckets-alone">
        {rows.map(([channel, available]) => (
          <div key={channel} class="bucket">
            <dt>{sayOr(`channel_${channel}`, channel)}</dt>
            <dd>{quantity(Math.max(0, available), product.sold_by)}</dd>
          </div>
        ))}
      </dl>
    </Block>
  );
}

interface Reservation {
  order: string;
  quantity: number;
  ready_by?: string;
}

/** To which orders it is promised. */
export function Promised({ product }: { product: ProductRow }): JSX.Element | null {
  const held = (product.reserved ?? 0) > 0;
  const asked = useQuery<{ rows: Reservation[] }>(
    "product.reservations", held ? { sku: product.sku } : null);
  const rows = asked.answer?.rows ?? [];
  if (!held || rows.length === 0) return null;
  return (
    <Block title={say("reserved")}>
      <ul class="lines-list">
        {rows.map((row) => (
          <li key={row.order}>
            <a class="line-what code" href={hrefOf("/orders", { order: row.order })}>{row.order}</a>
            <span class="quiet"><When at={row.ready_by} as="due" /></span>
            <strong>{quantity(row.quantity, product.sold_by)}</strong>
          </li>
        ))}
      </ul>
    </Block>
  );
}

export function Lots({ product }: { product: ProductRow }): JSX.Element | null {
  const wanted = product.track_expiry === true;
  const asked = useQuery<{ rows: LotRow[] }>("product.lots", wanted ? { sku: product.sku } : null);
  if (!wanted) return null;
  const rows = asked.answer?.rows ?? [];
  return (
    <Block title={say("lots")}>
      {!asked.known && <Patience />}
      {asked.known && rows.length === 0 && <p class="quiet">{say("lots_none")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list">
          {rows.map((row) => {
            const over = goodUntil(millis(row.expiry)) <= nowMs();
            return (
              <li key={`${row.expiry} ${row.lot}`}>
                <span class="line-what">
                  {dayOf(row.expiry)}
                  <small class="quiet code">{row.lot}</small>
                </span>
                {over && <State tone="problem" word={say("out_of_date")} />}
                {row.marked_down === true && <State tone="plain" word={say("marked_down")} />}
                <strong>{quantity(row.quantity, product.sold_by)}</strong>
              </li>
            );
          })}
        </ul>
      )}
    </Block>
  );
}

/** Every price the product had, has and will have; what is still to come can be called off. */
export function Prices({ product }: { product: ProductRow }): JSX.Element {
  const asked = useQuery<{ rows: PriceRow[] }>(
    "price.history", { sku: product.sku, limit: PRICES_MAX });
  const rows = asked.answer?.rows ?? [];
  return (
    <Block title={say("prices")}>
      {!asked.known && <Patience />}
      {asked.known && rows.length === 0 && <p class="quiet">{say("no_price")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list prices">
          {rows.map((row) => {
            const future = (millis(row.from) ?? 0) > nowMs();
            return (
              <li key={`${row.kind} ${row.from} ${row.amount}`}>
                <strong>{money(row.amount, row.currency)}</strong>
                <span class="line-what">
                  {sayOr(`price_${row.kind}`, row.kind)}
                  <small class="quiet">
                    <When at={row.from} as="clock" />
                    {row.to !== undefined && row.to !== null && (
                      <> {say("until")} <When at={row.to} as="clock" /></>
                    )}
                    {row.reason !== undefined && row.reason !== ""
                      && <> · <bdi>{row.reason}</bdi></>}
                  </small>
                </span>
                {future && row.cancelled === undefined && (
                  <State tone="plain" icon="clock" word={say("price_planned")} />
                )}
                {future && row.cancelled === undefined && (
                  <Ask type="price.cancel" fields={[]} verb={say("do_cancel_price")}
                    data={{ sku: product.sku, kind: row.kind, from: row.from }}
                    done={() => say("did_cancel_price")} />
                )}
                {row.cancelled !== undefined && <span class="quiet">{say("price_cancelled")}</span>}
              </li>
            );
          })}
        </ul>
      )}
      <Override product={product} />
    </Block>
  );
}

/** A price of this store alone, for a while and with its reason; it wins over all others. */
function Override({ product }: { product: ProductRow }): JSX.Element {
  const [open, setOpen] = useState(false);
  const keep = (): void => setOpen(false);
  if (!open)
    return (
      <button type="button" class="button prices-button" onClick={() => setOpen(true)}>
        {say("set_price_here")}
      </button>
    );
  return (
    <Ask type="price.set" focus onKeep={keep} onDone={keep} verb={say("do_set_price")}
      data={{
        sku: product.sku, kind: "override", currency: product.currency, ...byAssociate(),
      }}
      means={say("set_price_means")} done={() => say("did_set_price", { name: product.name })}
      fields={[
        { name: "amount", word: "col_price", kind: "decimal", required: true },
        { name: "to", word: "price_until", kind: "in", initial: "60", options: soonOptions(null) },
        {
          name: "reason", word: "reason", required: true,
          suggestions: [say("reason_wrong_label"), say("reason_short_date"), say("reason_damaged")],
        },
      ]} />
  );
}
