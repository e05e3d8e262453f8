// The tills: what each took on a day, what was sold although it was promised, and what came twice
// under one number. Whoever closes the day looks here.
import type { JSX } from "preact";

import { useCell } from "../../cell";
import { connection } from "../../live/connection";
import { nowMs } from "../../live/clock";
import { useProducts } from "../../live/nouns";
import { useQuery } from "../../live/query";
import type { BreachRow, ConflictRow, TillRow } from "../../live/work_rows";
import { Fault, Patience } from "../../parts/loading";
import { Block, Head, Pane } from "../../parts/page";
import { State } from "../../parts/state";
import { millis, When } from "../../parts/when";
import { hrefOf, hrefWith, route } from "../../route";
import { day, money, quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";

const DAY_MS = 86400000;

/** Of a time, its day as the books have it: in UTC. */
function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function Day({ row }: { row: TillRow }): JSX.Element {
  return (
    <li>
      <span class="line-what">
        <bdi>{row.till}</bdi>
        <small class="quiet">
          {say("till_counts", { sales: row.sales, returns: row.returns, voids: row.voids })}
        </small>
      </span>
      <strong>{money(row.net, row.currency)}</strong>
    </li>
  );
}

function Days(): JSX.Element {
  const today = dateOf(nowMs());
  const wanted = useCell(route).query.get("day") ?? today;
  const date = millis(`${wanted}T00:00:00Z`) === null ? today : wanted;
  const startMs = millis(`${date}T00:00:00Z`) ?? 0;
  const asked = useQuery<{ rows: TillRow[] }>(
    "till.day", { at: new Date(startMs + DAY_MS / 2).toISOString() });
  const rows = asked.answer?.rows ?? [];
  return (
    <Block title={say("tills_took")} beside={<span class="quiet">{day(startMs)}</span>}>
      {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
      {!asked.known && <Patience />}
      {asked.answer !== null && rows.length === 0 && <p class="quiet">{say("tills_none")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list">
          {rows.map((row) => <Day key={`${row.till} ${row.currency}`} row={row} />)}
        </ul>
      )}
      <div class="buttons tills-days">
        <a class="button button-plain" href={hrefWith({ day: dateOf(startMs - DAY_MS) })}>
          {say("day_before")}
        </a>
        {date < today && (
          <a class="button button-plain" href={hrefWith({ day: dateOf(startMs + DAY_MS) })}>
            {say("day_after")}
          </a>
        )}
      </div>
    </Block>
  );
}

function Breaches(): JSX.Element {
  const asked = useQuery<{ rows: BreachRow[] }>("breach.list", {});
  const rows = asked.answer?.rows ?? [];
  const products = useProducts([...new Set(rows.map((row) => row.sku))]);
  return (
    <Block title={say("breaches")}>
      {!asked.known && <Patience />}
      {asked.answer !== null && rows.length === 0 && <p class="quiet">{say("breaches_none")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list">
          {rows.map((row) => {
            const product = products.rows.get(row.sku);
            return (
              <li key={row.sequence}>
                <span class="line-what">
                  <a class="tills-link" href={hrefOf("/stock", { product: row.sku })}>
                    <bdi>{product?.name ?? row.sku}</bdi>
                  </a>
                  <small class="quiet">
                    <bdi>{row.till}</bdi> · <When at={row.at} as="clock" />
                  </small>
                  <State tone={row.kind === "reservation" ? "problem" : "attention"}
                    word={sayOr(`breach_${row.kind}`, row.kind)} />
                  <span class="link-list">
                    {(row.orders ?? []).map((each) => (
                      <a key={`${each.order} ${each.line}`} class="code tills-link"
                        href={hrefOf("/orders", { order: each.order })}>{each.order}</a>
                    ))}
                  </span>
                </span>
                <strong>{quantity(row.quantity, product?.sold_by)}</strong>
              </li>
            );
          })}
        </ul>
      )}
    </Block>
  );
}

function Conflicts(): JSX.Element {
  const asked = useQuery<{ rows: ConflictRow[] }>("conflict.list", {});
  const rows = [...asked.answer?.rows ?? []]
    .sort((a, b) => (millis(b.at) ?? 0) - (millis(a.at) ?? 0));
  return (
    <Block title={say("conflicts")}>
      {!asked.known && <Patience />}
      {asked.answer !== null && rows.length === 0 && <p class="quiet">{say("conflicts_none")}</p>}
      {rows.length > 0 && <p class="tills-means">{say("conflicts_mean")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list">
          {rows.map((row) => (
            <li key={`${row.actor} ${row.command}`}>
              <span class="line-what">
                <bdi class="code">{row.command}</bdi>
                <small class="quiet"><bdi>{row.actor}</bdi> · <bdi class="code">{row.type}</bdi>
                </small>
              </span>
              <span class="quiet"><When at={row.at} as="clock" /></span>
            </li>
          ))}
        </ul>
      )}
    </Block>
  );
}

export function Tills(): JSX.Element {
  const hello = useCell(connection.hello);
  return (
    <Pane name="tills">
      <Head title={say("place_tills")} beside={<span class="quiet">{hello?.name ?? ""}</span>} />
      <div class="settings">
        <Days />
        <Breaches />
        <Conflicts />
      </div>
    </Pane>
  );
}
