// The tills: what each took on a day, what was sold although it was promised, and what came twice
// under one number. Whoever closes the day looks here.
import type { JSX } from "preact";

import { useCell } from "../../cell";
import { connection } from "../../live/connection";
import { nowMs } from "../../live/clock";
import { useProducts } from "../../live/nouns";
import { useQuery } from "../../live/query";
import type { BreachRow, ConflictRow, ParkedRow, TillDay, TillRow } from "../../live/work_rows";
import { Fault, Patience } from "../../parts/loading";
import { Block, Head, Pane } from "../../parts/page";
import { State } from "../../parts/state";
import { millis, When } from "../../parts/when";
import { hrefOf, hrefWith, route } from "../../route";
import { dayOf, money, quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";

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
  // When a day begins is the node's to say: its zone is the store's, this browser's may be another.
  const at = useCell(route).query.get("at");
  const asked = useQuery<TillDay>("till.day", millis(at) === null ? {} : { at });
  const rows = asked.answer?.rows ?? [];
  const fromMs = millis(asked.answer?.from) ?? nowMs();
  const toMs = millis(asked.answer?.to) ?? nowMs();
  return (
    <Block title={say("tills_took")}
      beside={<span class="quiet">{dayOf(asked.answer?.date)}</span>}>
      {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
      {!asked.known && <Patience />}
      {asked.answer !== null && rows.length === 0 && <p class="quiet">{say("tills_none")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list">
          {rows.map((row) => <Day key={`${row.till} ${row.currency}`} row={row} />)}
        </ul>
      )}
      <div class="buttons tills-days">
        <a class="button button-plain" href={hrefWith({ at: new Date(fromMs - 1).toISOString() })}>
          {say("day_before")}
        </a>
        {toMs <= nowMs() && (
          <a class="button button-plain"
            href={hrefWith({ at: new Date(toMs).toISOString() })}>
            {say("day_after")}
          </a>
        )}
      </div>
    </Block>
  );
}

function Parked(): JSX.Element {
  const asked = useQuery<{ rows: ParkedRow[] }>("parked.list", {});
  const rows = asked.answer?.rows ?? [];
  return (
    <Block title={say("parked")}>
      {!asked.known && <Patience />}
      {asked.answer !== null && rows.length === 0 && <p class="quiet">{say("parked_none")}</p>}
      {rows.length > 0 && (
        <ul class="lines-list">
          {rows.map((row) => (
            <li key={row.parked}>
              <span class="line-what">
                <bdi>{row.note || row.parked}</bdi>
                <small class="quiet">
                  <bdi>{row.till}</bdi> · <When at={row.since} as="since" />
                  {row.associate !== undefined && row.associate !== ""
                    && <> · <bdi>{row.associate}</bdi></>}
                </small>
                {row.taken_by !== undefined && row.taken_by !== "" && (
                  <State tone="plain" icon="sale"
                    word={say("parked_taken", { till: row.taken_by })} />
                )}
              </span>
              <span class="quiet">{say("items", { count: row.line_n ?? 0 })}</span>
            </li>
          ))}
        </ul>
      )}
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
        <Parked />
        <Breaches />
        <Conflicts />
      </div>
    </Pane>
  );
}
