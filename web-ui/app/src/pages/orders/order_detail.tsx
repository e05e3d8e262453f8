// One order: where it stands, what is in it, what happened to it, and the next step as a form.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { clock, nowMs } from "../../live/clock";
import { connection } from "../../live/connection";
import type { Noun } from "../../live/nouns";
import type { HistoryRow, OrderLine, OrderLot, OrderRow } from "../../live/rows";
import { Icon } from "../../parts/icon";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail, Facts, named } from "../../parts/page";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { hrefOf } from "../../route";
import { money, number, quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";
import {
  deadline, historyState, iconOf, isLate, isReturn, itemCount, promiseWord, stateWord, stepAt,
  stepsOf, toneOf,
} from "./order";
import { hasActions, OrderActions } from "./order_actions";
import { ErasePerson } from "./order_erase";
import { OrderPick } from "./order_pick";
import { mayPutBack, PutBack } from "./order_put_back";

interface Props {
  id: string;
  noun: Noun<OrderRow>;
}

/** The way of an order, with what is done, what is now and what is to come. */
function Steps({ order }: { order: OrderRow }): JSX.Element | null {
  const at = stepAt(order);
  if (at < 0) return null;
  return (
    <ol class="steps" aria-label={say("steps")}>
      {stepsOf(order).map((step, index) => {
        const phase = index < at ? "done" : index === at ? "now" : "next";
        return (
          <li key={step} class={`step step-${phase}`}
            aria-current={phase === "now" ? "step" : undefined}>
            <i>{phase === "done" && <Icon name="check" size={14} />}</i>
            <span>{stateWord(step, order.method)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Deadline({ order }: { order: OrderRow }): JSX.Element | null {
  useCell(clock);
  const at = deadline(order);
  if (at === undefined) return null;
  const late = isLate(order, nowMs());
  return (
    <p class={late ? "promise promise-late" : "promise"}>
      <Icon name={late ? "attention" : "clock"} />
      <span>
        <strong><When at={at} as="due" /></strong>
        <span class="quiet"> · {promiseWord(order)} <When at={at} as="clock" /></span>
      </span>
    </p>
  );
}

const COUNTERS = [
  "picked", "short", "substituted", "handed_over", "shipped", "returned", "restocked",
] as const;

/** Where a line's units are, as far as they are anywhere yet. */
function countersOf(line: OrderLine): string {
  return COUNTERS.filter((counter) => (line[counter] ?? 0) > 0)
    .map((counter) => say(`line_${counter}`, {
      amount: quantity(line[counter] ?? 0, line.sold_by),
    })).join(" · ");
}

/** Which lots the goods are of: what a maker calls back is found by it. */
function Lots({ lots, soldBy }: {
  lots: readonly OrderLot[]; soldBy: OrderLine["sold_by"];
}): JSX.Element | null {
  if (lots.length === 0) return null;
  return (
    <small class="quiet">
      {lots.map((lot) => (
        <span key={`${lot.expiry} ${lot.lot}`} class="order-lot">
          {quantity(lot.quantity, soldBy)} × {lot.lot !== "" && (
            <>{say("lot")} <bdi class="code">{lot.lot}</bdi> · </>
          )}{say("best_before")} <When at={lot.expiry} as="clock" />
        </span>
      ))}
    </small>
  );
}

function Line({ order, line, currency }: {
  order: OrderRow; line: OrderLine; currency: string | undefined;
}): JSX.Element {
  const counted = (line.sold_by ?? "piece") === "piece";
  const counters = countersOf(line);
  return (
    <li class="order-line">
      <span class="order-quantity">
        {quantity(line.quantity, line.sold_by)}{counted && <small> ×</small>}
      </span>
      <span class="order-what">
        <a href={hrefOf("/stock", { product: line.sku })}>
          <bdi>{line.name || line.sku}</bdi>
          <small class="code">{line.sku}</small>
        </a>
        {counters !== "" && <small class="quiet">{counters}</small>}
        <Lots lots={line.lots ?? []} soldBy={line.sold_by} />
        {line.substitutes !== undefined && <small class="quiet">{say("is_substitute")}</small>}
      </span>
      <span class="order-price">
        {priced(line) ? money((line.price ?? 0) * line.quantity, currency) : ""}
      </span>
      {mayPutBack(order, line) && <PutBack order={order} line={line} />}
    </li>
  );
}

/** Whoever placed the order may have left the prices to the till. */
function priced(line: OrderLine): boolean {
  return line.price !== null && line.price !== undefined && line.price > 0;
}

function total(order: OrderRow): number | null {
  const lines = order.lines.filter((line) => line.substitutes === undefined);
  if (!lines.every(priced)) return null;
  return lines.reduce((sum, line) => sum + (line.price ?? 0) * line.quantity, 0);
}

const QUIET_STEPS: readonly string[] = ["line_offered", "movements"];

function History({ order }: { order: OrderRow }): JSX.Element {
  const [rows, setRows] = useState<HistoryRow[] | null>(null);
  const line = useCell(connection.line);
  useEffect(() => {
    let left = false;
    connection.request<{ rows: HistoryRow[] }>("order.history", { order: order.order }).then(
      (answer) => (left ? undefined : setRows(answer.rows)),
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [order.order, order.sequence, line.state]);
  if (rows === null) return <Patience />;
  // The newest first; that a line belongs to the order is no news of its own.
  const told = rows.filter((row) => !QUIET_STEPS.includes(historyState(row.what)))
    .sort((a, b) => b.sequence - a.sequence);
  return (
    <ol class="history">
      {told.map((row) => {
        const state = historyState(row.what);
        return (
          <li key={row.sequence}>
            <span>
              {sayOr(`step_${state}`, sayOr(`order_${state}`, state))}
              {row.reason !== undefined && row.reason !== "" && (
                <small class="quiet"> {named(row.reason)}</small>
              )}
            </span>
            <span class="quiet"><bdi>{row.associate ?? row.actor ?? ""}</bdi></span>
            <span class="quiet"><When at={row.time} as="clock" /></span>
          </li>
        );
      })}
    </ol>
  );
}

/** What was said about the order, each as a line of its own. */
function Notes({ order }: { order: OrderRow }): JSX.Element {
  const said = (text: string | null | undefined): boolean => text !== undefined && text !== "";
  return (
    <>
      {said(order.note) && (
        <p class="note"><strong>{say("note")}</strong> {named(order.note)}</p>
      )}
      {said(order.location) && (
        <p class="note note-plain"><strong>{say("location")}</strong> <bdi>{order.location}</bdi>
        </p>
      )}
      {said(order.bay) && (
        <p class="note note-plain"><strong>{say("bay")}</strong> <bdi>{order.bay}</bdi>
          {said(order.vehicle) && <> · {named(order.vehicle)}</>}</p>
      )}
      {said(order.reason) && (
        <p class="note note-plain"><strong>{say("reason")}</strong> {named(order.reason)}</p>
      )}
    </>
  );
}

function OrderFacts({ order }: { order: OrderRow }): JSX.Element {
  const { currency } = order;
  const other = (id: string | undefined): JSX.Element | string =>
    id === undefined || id === "" ? "" : (
      <a class="code" href={hrefOf("/orders", { order: id })}>{id}</a>
    );
  // A time that was never given is no fact.
  const at = (time: string | undefined): JSX.Element | string =>
    time === undefined || time === "" ? "" : <When at={time} as="clock" />;
  return (
    <Facts pairs={[
      [say("col_method"), sayOr(`method_${order.method}`, order.method)],
      [say("col_channel"), sayOr(`channel_${order.channel}`, order.channel)],
      [say("person"), named(order.person)],
      [say("customer"), named(order.known?.name)],
      [say("contact"), named(order.known?.contact)],
      [say("vehicle"), order.bay ? "" : named(order.vehicle)],
      [say("payment"), order.payment === undefined || order.payment === "none" ? ""
        : sayOr(`payment_${order.payment}`, order.payment)],
      [say("refund_amount"), (order.amount ?? 0) === 0 ? "" : money(order.amount, currency)],
      [say("original_order"), other(order.original)],
      [say("split_from"), other(order.parent)],
      [say("pick_list"), order.list === undefined || order.list === "" ? "" : (
        <a class="code" href={hrefOf("/picking", { list: order.list })}>{order.list}</a>
      )],
      [say("carrier"), [order.carrier, order.tracking].filter((each) => each).join(" · ")],
      [say("packages"), (order.packages ?? 0) === 0 ? "" : number(order.packages ?? 0)],
      [say("hold_until"), at(order.until)],
      [say("placed"), at(order.placed)],
      [say("accept_by"), at(order.accept_by)],
      [say("ready_by"), at(order.ready_by)],
      [say("collect_by"), at(order.collect_by)],
    ]} />
  );
}

/** Who comes for it, or the customer's own reference; null when nothing but its number is known. */
function nameOf(order: OrderRow): string | null {
  return [order.person, order.known?.name, order.customer]
    .find((name) => name && name !== order.order) ?? null;
}

const BOUGHT: readonly string[] = ["handed_over", "shipped", "closed"];

export function OrderDetail({ id, noun }: Props): JSX.Element {
  const order = noun.rows.get(id);
  if (order === undefined)
    return (
      <Detail part="order" label={say("order_named", { order: id })} title={<bdi>{id}</bdi>}>
        {noun.phase === "live"
          ? <Empty icon="unknown" title={say("order_unknown", { order: id })} /> : <Patience />}
      </Detail>
    );
  const { currency } = order;
  const sum = total(order);
  const who = nameOf(order);
  const bought = !isReturn(order) && BOUGHT.includes(order.state);
  return (
    <Detail part="order" label={say("order_named", { order: id })}
      title={<bdi>{who ?? `${sayOr(`method_${order.method}`, order.method)} ${order.order}`}</bdi>}
      {...(who === null ? {} : { kicker: <bdi class="code">{order.order}</bdi> })}
      foot={hasActions(order) ? <OrderActions order={order} /> : null}>
      <div class="detail-state">
        <State tone={toneOf(order)} icon={iconOf(order)}
          word={stateWord(order.state, order.method)} />
        <span class="quiet"><When at={order.since} as="since" /></span>
      </div>
      <Deadline order={order} />
      <Steps order={order} />
      <Notes order={order} />
      <OrderPick order={order} />
      {bought && (
        <div class="buttons">
          <a class="button" href={hrefOf("/returns", { original: order.order })}>
            {say("bring_back")}
          </a>
        </div>
      )}
      <Block title={say("items", { count: itemCount(order) })}
        beside={sum === null ? null : <span class="block-sum">{money(sum, currency)}</span>}>
        <ul class="order-lines">
          {order.lines.map((line) => (
            <Line key={line.line} order={order} line={line} currency={currency} />
          ))}
        </ul>
      </Block>
      <Block title={say("order_facts")}>
        <OrderFacts order={order} />
        <ErasePerson key={order.order} order={order} />
      </Block>
      <Block title={say("history")}><History order={order} /></Block>
    </Detail>
  );
}
