// One order: where it stands, what is in it, what happened to it, and the next step as a form.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { clock, nowMs } from "../../live/clock";
import { connection } from "../../live/connection";
import type { Noun } from "../../live/nouns";
import type { HistoryRow, OrderLine, OrderRow, OrderState } from "../../live/rows";
import { Icon } from "../../parts/icon";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail, Facts } from "../../parts/page";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { hrefOf } from "../../route";
import { money, quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";
import { deadline, historyState, iconOf, isLate, itemCount, STATE_WORD, STEPS, toneOf }
  from "./order";
import { OrderActions } from "./order_actions";

interface Props {
  id: string;
  noun: Noun<OrderRow>;
}

/** The way of an order, with what is done, what is now and what is to come. */
function Steps({ state }: { state: OrderState }): JSX.Element | null {
  const at = STEPS.indexOf(state);
  if (at < 0) return null;
  return (
    <ol class="steps" aria-label={say("steps")}>
      {STEPS.map((step, index) => {
        const phase = index < at ? "done" : index === at ? "now" : "next";
        return (
          <li key={step} class={`step step-${phase}`}
            aria-current={phase === "now" ? "step" : undefined}>
            <i>{phase === "done" && <Icon name="check" size={14} />}</i>
            <span>{say(STATE_WORD[step])}</span>
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
        <span class="quiet"> · {say(`promise_${order.state}` as "promise_ready")}{" "}
          <When at={at} as="clock" /></span>
      </span>
    </p>
  );
}

function Line({ line, currency }: { line: OrderLine; currency: string | undefined }): JSX.Element {
  const picked = line.picked ?? 0;
  const amount = (value: number): string => quantity(value, line.sold_by);
  const counted = (line.sold_by ?? "piece") === "piece";
  return (
    <li class="order-line">
      <span class="order-quantity">{amount(line.quantity)}{counted && <small> ×</small>}</span>
      <a href={hrefOf("/stock", { product: line.sku })}>
        <bdi>{line.name || line.sku}</bdi>
        <small class="code">{line.sku}</small>
      </a>
      <span class="order-picked quiet">
        {picked > 0 ? say("picked_of", {
          picked: amount(picked), count: amount(line.quantity),
        }) : ""}
      </span>
      <span class="order-price">
        {line.price === null || line.price === undefined
          ? "" : money(line.price * line.quantity, currency)}
      </span>
    </li>
  );
}

function total(order: OrderRow): number | null {
  let sum = 0;
  for (const line of order.lines) {
    if (line.price === null || line.price === undefined) return null;
    sum += line.price * line.quantity;
  }
  return sum;
}

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
  const told = rows.filter((row) => historyState(row.what) !== "line_offered")
    .sort((a, b) => b.sequence - a.sequence);
  return (
    <ol class="history">
      {told.map((row) => {
        const state = historyState(row.what);
        return (
          <li key={row.sequence}>
            <span>{sayOr(`order_${state}`, state)}</span>
            <span class="quiet">{row.actor !== undefined && <bdi>{row.actor}</bdi>}</span>
            <span class="quiet"><When at={row.time} as="clock" /></span>
          </li>
        );
      })}
    </ol>
  );
}

export function OrderDetail({ id, noun }: Props): JSX.Element {
  const order = noun.rows.get(id);
  const { currency } = useCell(connection.hello) ?? {};
  const title = order?.customer || id;
  if (order === undefined)
    return (
      <Detail part="order" label={say("order_named", { order: id })} title={<bdi>{id}</bdi>}>
        {noun.phase === "live"
          ? <Empty icon="unknown" title={say("order_unknown", { order: id })} /> : <Patience />}
      </Detail>
    );
  const sum = total(order);
  return (
    <Detail part="order" label={say("order_named", { order: id })} title={<bdi>{title}</bdi>}
      kicker={<bdi class="code">{order.order}</bdi>}
      foot={(order.allowed ?? []).length === 0 ? null : <OrderActions order={order} />}>
      <div class="detail-state">
        <State tone={toneOf(order)} icon={iconOf(order)} word={say(STATE_WORD[order.state])} />
        <span class="quiet"><When at={order.since} as="since" /></span>
      </div>
      <Deadline order={order} />
      <Steps state={order.state} />
      {order.note !== undefined && order.note !== "" && (
        <p class="note"><strong>{say("note")}</strong> <bdi>{order.note}</bdi></p>
      )}
      {order.reason !== undefined && order.reason !== "" && (
        <p class="note note-plain"><strong>{say("reason")}</strong> <bdi>{order.reason}</bdi></p>
      )}
      <Block title={say("items", { count: itemCount(order) })}
        beside={sum === null ? null : <span class="block-sum">{money(sum, currency)}</span>}>
        <ul class="order-lines">
          {order.lines.map((line) => (
            <Line key={line.line} line={line} currency={currency} />
          ))}
        </ul>
      </Block>
      <Block title={say("order_facts")}>
        <Facts pairs={[
          [say("col_method"), sayOr(`method_${order.method}`, order.method)],
          [say("col_channel"), sayOr(`channel_${order.channel}`, order.channel)],
          [say("placed"), <When at={order.placed} as="clock" />],
          [say("accept_by"), <When at={order.accept_by} as="clock" />],
          [say("ready_by"), <When at={order.ready_by} as="clock" />],
          [say("collect_by"), <When at={order.collect_by} as="clock" />],
        ]} />
      </Block>
      <Block title={say("history")}><History order={order} /></Block>
    </Detail>
  );
}
