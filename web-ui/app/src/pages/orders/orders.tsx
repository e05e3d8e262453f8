// Orders: what is promised, the most urgent first, and beside it the order at hand.
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";

import { useCell } from "../../cell";
import { clock, nowMs } from "../../live/clock";
import { useNoun } from "../../live/nouns";
import type { OrderRow } from "../../live/rows";
import { Chips, FreshRows } from "../../parts/chips";
import type { Chip } from "../../parts/chips";
import { Icon } from "../../parts/icon";
import { Empty, WhenReady } from "../../parts/loading";
import { Head, Split } from "../../parts/page";
import { RowCells, RowList, RowNames } from "../../parts/row_list";
import { matches, Search } from "../../parts/search";
import { useSettled } from "../../parts/settled";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { go, hrefWith, route } from "../../route";
import { number } from "../../words/format";
import { say, sayOr } from "../../words/say";
import {
  compare, deadline, FILTERS, iconOf, isLate, isSoon, itemCount, passes, stateWord, toneOf,
} from "./order";
import type { Filter } from "./order";
import { OrderDetail } from "./order_detail";

// What is empty most of the time shows only when something is in it.
const RARE: readonly Filter[] = ["on_hold", "back", "returns"];

function chipsOf(orders: OrderRow[], now: number, chosen: Filter): Chip[] {
  return FILTERS.map((filter): Chip => {
    const count = orders.filter((order) => passes(order, filter, now)).length;
    const word = say(filter === "" ? "orders_open" : `filter_${filter}`);
    return { value: filter, word, count, tone: filter === "late" ? "problem" : undefined };
  }).filter((chip) => chip.count > 0 || chip.value === chosen
    || !RARE.includes(chip.value as Filter));
}

function Due({ order }: { order: OrderRow }): JSX.Element | null {
  const at = deadline(order);
  if (at === undefined) return <span class="quiet"><When at={order.since} /></span>;
  const urgency = isLate(order, nowMs()) ? "late" : isSoon(order, nowMs()) ? "soon" : "calm";
  return <span class={`due due-${urgency}`}><When at={at} as="due" /></span>;
}

function OrderCells({ order }: { order: OrderRow }): JSX.Element {
  const count = itemCount(order);
  const method = sayOr(`method_${order.method}`, order.method);
  return (
    <RowCells
      state={<State tone={toneOf(order)} icon={iconOf(order)}
        word={stateWord(order.state, order.method)} />}
      title={<bdi>{order.person || order.customer || order.order}</bdi>}
      sub={(
        <>
          <bdi class="code">{order.order}</bdi>
          <span class="narrow-only"> · {say("items", { count })}</span>
        </>
      )}
      columns={[number(count), method, sayOr(`channel_${order.channel}`, order.channel)]}
      end={<Due order={order} />} />
  );
}

function Nothing({ filter, search }: { filter: Filter; search: string }): JSX.Element {
  if (search !== "") return <Empty icon="search" title={say("orders_none_found", { search })} />;
  if (filter === "late") return <Empty icon="ok" title={say("orders_none_late")} />;
  return (
    <Empty icon="orders" title={say(filter === "" ? "orders_none" : "orders_none_here")}>
      {filter === "" && <p>{say("orders_none_hint")}</p>}
    </Empty>
  );
}

export function Orders(): JSX.Element {
  const noun = useNoun("order");
  const { query } = useCell(route);
  const now = useCell(clock);
  const place = useRef<HTMLDivElement>(null);
  const filter = (FILTERS.find((each) => each === query.get("state")) ?? "");
  const search = query.get("q") ?? "";
  const open = query.get("order");

  const all = useMemo(() => [...noun.rows.values()], [noun.version, noun.rows]);
  const wanted = useMemo(() => all
    .filter((order) => passes(order, filter, now))
    .filter((order) => matches(search, order.order, order.customer, order.person))
    .sort(compare).map((order) => order.key), [all, filter, search, now]);
  const settled = useSettled(wanted, `${filter} ${search}`, place);

  const list = (
    <div ref={place} class="list list-orders">
      <div class="list-head">
        <Head title={say("place_orders")} beside={(
          <>
            <Search label={say("search_orders")} value={search}
              onInput={(q) => go(hrefWith({ q, order: null }), true)} />
            <a class="button button-primary" href="/orders/new">
              <Icon name="plus" size={18} />{say("new_order")}
            </a>
            <a class="button wide-only" href="/picking">{say("place_picking")}</a>
            <a class="button wide-only" href="/returns">{say("bring_back")}</a>
          </>
        )}>
          <Chips label={say("filter")} part="state" value={filter} chips={chipsOf(all, now, filter)}
            known={noun.phase === "live"} />
        </Head>
        {settled.keys.length > 0 && (
          <RowNames names={[
            say("col_state"), say("col_order"), say("col_items"), say("col_method"),
            say("col_channel"), say("col_due"),
          ]} />
        )}
        <FreshRows fresh={settled.fresh} waits={settled.waits} apply={settled.apply} words={{
          fresh: say("fresh_orders", { count: settled.fresh }), moved: say("sort_again"),
        }} />
      </div>
      <WhenReady noun={noun}>
        {() => (settled.keys.length === 0 ? <Nothing filter={filter} search={search} /> : (
          <RowList label={say("place_orders")} keys={settled.keys} gone={settled.gone}
            lit={noun.litMs} open={open} hrefOf={(order) => hrefWith({ order })}>
            {(key) => {
              const order = noun.rowOf(key);
              return order === undefined ? null : <OrderCells order={order} />;
            }}
          </RowList>
        ))}
      </WhenReady>
    </div>
  );
  const detail = open === null ? null : <OrderDetail key={open} id={open} noun={noun} />;
  return <Split name="orders" list={list} detail={detail} />;
}
