// Prices to come: what changes by itself, what waits for its labels, and from what to what.
import type { JSX } from "preact";

import { useQuery } from "../../live/query";
import type { PlannedRow } from "../../live/work_rows";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Head, Pane } from "../../parts/page";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { hrefOf } from "../../route";
import { money } from "../../words/format";
import { say, sayOr } from "../../words/say";

const PRICES_MAX = 100;

function amountOf(quote: PlannedRow["before"]): string {
  return quote?.amount === undefined ? say("no_price") : money(quote.amount, quote.currency);
}

function Planned({ row }: { row: PlannedRow }): JSX.Element {
  return (
    <a class="task tone-plain" href={hrefOf("/stock", { product: row.sku })}>
      <span class="task-main">
        <span class="task-text"><bdi>{row.name}</bdi></span>
        <span class="task-sub">
          <span class="quiet"><When at={row.at} as="clock" /></span>
          {row.what === "hold_over"
            ? <State tone="attention" icon="labels" word={say("price_waits")} />
            : row.after?.kind !== undefined && (
              <span class="quiet">{sayOr(`price_${row.after.kind}`, row.after.kind)}</span>
            )}
          <bdi class="code quiet">{row.sku}</bdi>
        </span>
      </span>
      <strong class="prices-change">
        {say("price_from_to", { from: amountOf(row.before), to: amountOf(row.after) })}
      </strong>
    </a>
  );
}

export function Prices(): JSX.Element {
  const asked = useQuery<{ rows: PlannedRow[]; more: boolean }>(
    "price.planned", { limit: PRICES_MAX });
  const rows = asked.answer?.rows ?? [];
  return (
    <Pane name="prices">
      <Head title={say("place_prices")} />
      <div class="sheet">
        {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
        {!asked.known && <Patience />}
        {asked.answer !== null && rows.length === 0 && (
          <Empty icon="clock" title={say("prices_none")}><p>{say("prices_none_hint")}</p></Empty>
        )}
        {rows.length > 0 && (
          <ul class="tasks" aria-label={say("place_prices")}>
            {rows.map((row) => <li key={`${row.sku} ${row.what}`}><Planned row={row} /></li>)}
          </ul>
        )}
        {asked.answer?.more === true && (
          <p class="quiet">{say("prices_first", { count: rows.length })}</p>
        )}
      </div>
    </Pane>
  );
}
