// The way of an order in the mock: the verbs each state takes, and what they do to the lines. Only
// as much as the page can ask for; the rules themselves are tested with the node.
import { milli } from "./goods.mjs";

const BEFORE_READY = ["offered", "accepted", "picking", "picked", "staged"];
const ENDED = ["handed_over", "shipped", "closed", "rejected", "cancelled"];

const VERBS = {
  accept: ["offered"], reject: ["offered"], hold: BEFORE_READY, release: ["on_hold"],
  pick: ["accepted", "picking"], unpick: ["picking", "picked"], short: ["accepted", "picking"],
  substitute: ["accepted", "picking"], stage: ["picked", "staged", "ready"],
  ready: ["picked", "staged"], arrive: ["ready", "arrived"], hand_over: ["ready", "arrived"],
  cancel: [...BEFORE_READY, "ready", "arrived", "on_hold"],
  restock: ["cancelling", "expired", "restocking"], split: ["offered", "accepted", "picking"],
};
const RETURN_VERBS = {
  receive: ["offered"], inspect: ["received"], refund: ["inspected"], close: ["refund_due"],
  cancel: ["offered"],
};

export function allowedOf({ method, state }) {
  const verbs = method === "return" ? RETURN_VERBS : VERBS;
  const allowed = Object.keys(verbs).filter((verb) => verbs[verb].includes(state));
  return ENDED.includes(state) ? allowed : [...allowed, "update"];
}

export function isOpen(order) {
  return !ENDED.includes(order.state);
}

export function leftOf(line) {
  return milli(line.quantity - line.picked - (line.short ?? 0) - (line.handed_over ?? 0));
}

function pickedState(lines) {
  if (lines.some((line) => leftOf(line) > 0))
    return lines.some((line) => line.picked > 0) ? "picking" : "accepted";
  return lines.some((line) => line.picked > 0) ? "picked" : "cancelled";
}

/** The line that a scan means: the one named, else the first that still wants the product. */
function lineOf(order, { line, sku }, refuse) {
  const found = order.lines.find((each) => (line === undefined || each.line === line)
    && (sku === undefined || each.sku === sku) && leftOf(each) > 0);
  if (found === undefined)
    refuse("wrong_product", `expected ${order.lines.filter((each) => leftOf(each) > 0)
      .map((each) => each.name).join(", ")}`);
  return found;
}

function someOf(order, data, counter, refuse) {
  const line = lineOf(order, data, refuse);
  const count = data.quantity ?? 1;
  if (count > leftOf(line)) refuse("too_much", `${leftOf(line)} are left`);
  const lines = order.lines.map((each) => (each === line
    ? { ...each, [counter]: milli((each[counter] ?? 0) + count) } : each));
  return { lines, state: pickedState(lines) };
}

const moveAll = (order, from, to) => order.lines.map((line) => (
  { ...line, [from]: 0, [to]: line[from] ?? 0 }));

/** What a verb makes of an order; refuse(code, message) throws. */
export const MOVES = {
  accept: () => ({ state: "accepted" }),
  reject: () => ({ state: "rejected" }),
  hold: (order) => ({ state: "on_hold", held: order.state }),
  release: (order) => ({ state: order.held }),
  pick: (order, data, refuse) => someOf(order, data, "picked", refuse),
  unpick: (order, { line, quantity }, refuse) => {
    const found = order.lines.find((each) => each.line === line);
    if (found === undefined) refuse("unknown_line", `line ${line}: not known`);
    if (quantity > found.picked) refuse("too_much", `${found.picked} are picked`);
    const lines = order.lines.map((each) => (each === found
      ? { ...each, picked: milli(each.picked - quantity) } : each));
    return { lines, state: pickedState(lines) };
  },
  short: (order, data, refuse) => someOf(order, data, "short", refuse),
  stage: (order, { location }) => ({ state: order.state === "ready" ? "ready" : "staged", location }),
  ready: () => ({ state: "ready" }),
  arrive: (order, { bay, vehicle }) => ({ state: "arrived", bay, vehicle }),
  hand_over: (order, { code, waived }, refuse) => {
    if (order.code === true && code !== order.secret && waived === undefined)
      refuse("wrong_code", "that is not the code");
    return { state: "handed_over", lines: moveAll(order, "picked", "handed_over") };
  },
  cancel: (order) => ({
    state: order.lines.some((line) => line.picked > 0) ? "cancelling" : "cancelled",
  }),
  restock: (order) => ({ state: "cancelled", lines: moveAll(order, "picked", "restocked") }),
  receive: (order) => ({
    state: "received", lines: order.lines.map((line) => ({ ...line, returned: line.quantity })),
  }),
  inspect: () => ({ state: "inspected" }),
  refund: () => ({ state: "refund_due", amount: 2.55 }),
  close: () => ({ state: "closed" }),
  update: (order, { person, note }) => ({
    state: order.state, ...(person === undefined ? {} : { person }),
    ...(note === undefined ? {} : { note }),
  }),
};

const TASK_OF = {
  offered: "answer", accepted: "pick", picking: "pick", picked: "stage", arrived: "hand_over",
  cancelling: "restock", expired: "restock",
};

/** The tasks that follow from the orders, and one of each other kind to look at. */
export function tasksOf(node) {
  const rows = [];
  for (const order of node.views.order.values()) {
    const kind = TASK_OF[order.state];
    if (kind === undefined || order.method === "return") continue;
    rows.push({
      kind, noun: "order", key: order.key, since: order.since, priority: 5,
      reason: order.customer, due: kind === "answer" ? order.accept_by : order.ready_by,
    });
  }
  const [first, second] = node.views.product.keys();
  rows.push(
    { kind: "fill", noun: "product", key: first, since: node.statusSince, reason: "2 on the shelf", priority: 3 },
    { kind: "count", noun: "product", key: second, since: node.statusSince, reason: "picked short", priority: 6 },
    { kind: "receive", noun: "delivery", key: "D-100", since: node.statusSince, reason: "", priority: 4 },
    { kind: "other", noun: "task", key: "clean-3", since: node.statusSince, reason: "Clean bay 3", priority: 1 },
  );
  return rows;
}

/** What the lists of work show: one of each, so that every page has something to draw. */
export function workOf(node) {
  const goods = [...node.views.product.values()].slice(0, 3);
  const named = (rest) => goods.map((product, at) => ({
    sku: product.sku, name: product.name, sold_by: product.sold_by, ...rest(at),
  }));
  const since = node.statusSince;
  const delivery = {
    delivery: "D-100", kind: "supplier", state: "receiving", sender: "Dairy of the hills",
    expected: since, since, lines: named((at) => ({ expected: 12, received: 6 * at, damaged: at })),
  };
  const count = {
    count: "C-100", state: "open", since, scope: "category", category: "dairy",
    lines: named((at) => ({ counted: at + 3 })),
  };
  const closed = {
    count: "C-101", state: "closed", since, scope: "position", managers: ["Ana", "Bo"],
    range: [{ department: "Fresh", aisle: "3" }, { department: "Fresh", aisle: "4" }],
    lines: named((at) => ({ counted: at + 3, expected: 4, variance: at - 1, amount: (at - 1) * 2 })),
  };
  const transfer = {
    transfer: "T-100", to: "0413", state: "sent", since, lines: named((at) => ({ sent: at + 1 })),
  };
  const orders = [...node.views.order.values()].filter((order) => order.state === "accepted").slice(0, 2);
  const list = {
    list: "L-100", associate: "Ana", kind: "batch", since, expires: new Date(Date.now() + 9e5).toISOString(),
    order_n: orders.length, orders: orders.map((order) => order.order),
    lines: orders.flatMap((order) => order.lines.map((line, at) => ({
      ...line, order: order.order, quantity: leftOf(line), department: "Fresh", aisle: String(1 + at),
      bay: "2", shelf: "3",
    }))),
  };
  return { delivery: [delivery], count: [count, closed], transfer: [transfer], pick_list: [list] };
}
