// The mock node: a journal in memory, views, and commands that are decided as the contract says.
// It is no second implementation of the store; it knows just what the page can ask for.
import { EventEmitter } from "node:events";

import { allowedOf, isOpen, MOVES, workOf } from "./flow.mjs";
import {
  gtin14, makeAlarms, makeLabels, makeOrders, makeProducts, makeSensors, milli, sums,
} from "./goods.mjs";
import { chance } from "./random.mjs";

const HISTORY_MAX = 20000;

class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function need(condition, code, message) {
  if (!condition) throw new Refusal(code, message);
}

/** What a comparison of a view with HQ came to. */
function compared(outcome, at, items, differing) {
  return {
    waits: false, at: at.toISOString(), outcome, compared: items, differing, repaired: differing,
    left: 0, rounds: 1, bytes: 330,
  };
}

export class MockNode extends EventEmitter {
  constructor({
    products = 2000, orders = 60, labels = 200, sensors = 20, now = Date.now(), open = false,
  } = {}) {
    super();
    this.open = open; // to the network
    this.setMaxListeners(0);
    this.sequence = 10000;
    this.epoch = "00d1f2a3b4c5e6f7";
    this.answers = new Map();
    this.movements = new Map();
    this.histories = new Map();
    this.changes = [];
    const goods = makeProducts(products, now);
    const orderRows = makeOrders(orders, goods, now);
    const labelRows = makeLabels(labels, goods, now);
    const sensorRows = makeSensors(sensors, now);
    this.views = {
      product: goods, order: orderRows, label: labelRows, sensor: sensorRows,
      alarm: makeAlarms(sensorRows, now), status: new Map(), link: new Map(),
      delivery: new Map(), transfer: new Map(), count: new Map(), pick_list: new Map(),
    };
    this.policy = {
      count_approve_above: 10, count_approve_amount: 50, code_tries: 5, code_lock_minutes: 15,
      pick_list_minutes: 30, no_show_hours: 24, close_after_minutes: 60, price_hold_minutes: 60,
      override_hours: 72, prior_price_days: 30, prior_price_new_days: 0,
      prior_price_steps: "each", prior_price_perishable: "as_all", cash_step: 0,
      markdown_percent: 30, managers: [], rights_contact_minutes: 0, rights_stock_min: 3,
      rights_stale_days: 30, rights_top_up_minutes: 60,
    };
    this.started = now;
    this.clock = { state: "good", source: "machine", since: new Date(now).toISOString(), apart: 0 };
    this.aheadMs = 0;
    this.sales = 412;
    this.link = {
      key: "hq", sequence: 1, state: "up", since: new Date(now - 5 * 3600e3).toISOString(),
      hq: "hq.example:8883", fallback: "hq2.example:8883", backlog: 0,
      certificate: {
        state: "good", since: new Date(now - 86400e3).toISOString(), days: 74,
        until: new Date(now + 74.5 * 86400e3).toISOString(),
        text: "the link's certificate is good for 74 days",
      },
      lanes: {
        orders: { backlog: 0, oldest: null, acked: this.sequence, head: this.sequence },
        stock: { backlog: 0, oldest: null, acked: this.sequence, head: this.sequence },
        telemetry: {
          backlog: 0, oldest: null, acked: this.sequence, head: this.sequence, thinned: 1204,
        },
      },
      oldest_unacknowledged: null, last_ack: new Date(now - 4000).toISOString(),
      round_trip_ms: 38, last_error: null, hq_clock: { minutes: 0, apart: false },
      comparisons: {
        stock: compared("repaired", new Date(now - 7 * 3600e3), 412, 2),
        orders: compared("equal", new Date(now - 7 * 3600e3), 38, 0),
        prices: {
          ...compared("failed", new Date(now - 31 * 3600e3), 0, 0), reason: "HQ does not answer",
        },
      },
      down: { orders: { taken: 812, head: 812 }, catalog: { taken: 45000, head: 100000 } },
      restored: {
        at: new Date(now - 7200000).toISOString(), backup_head: 81000, merged: 1204, withdrawn: 3,
        done: true, until: new Date(now - 7260000).toISOString(), lost: 17,
      },
    };
    this.views.link.set("hq", this.link);
    this.quarantine = [
      {
        event: 81240, type: "sale.recorded", subject: "t1-000412", code: "unknown_sku",
        message: "SKU 4711 is not in the catalogue of this season", tries: 0,
        at: new Date(now - 26 * 60000).toISOString(),
      },
      {
        event: 81301, type: "stock.moved", subject: "4711", code: "closed_period", tries: 1,
        at: new Date(now - 9 * 60000).toISOString(),
      },
    ];
    for (const order of orderRows.values()) this.beginHistory(order);
    this.statusSince = new Date(now - 18 * 60000).toISOString();
    for (const noun of ["delivery", "transfer", "count", "pick_list"])
      for (const { lines: _, ...row } of workOf(this)[noun]) {
        const key = row[noun] ?? row.list;
        this.views[noun].set(key, { key, sequence: 1, ...row });
      }
    this.updateStatus();
  }

  beginHistory(order) {
    const way = ["offered", "accepted", "picked", "ready", "handed_over"];
    const at = order.state === "cancelled" ? 1 : way.indexOf(order.state);
    const rows = way.slice(0, at + 1).map((what, index) => ({
      sequence: order.sequence + index,
      time: new Date(Date.parse(order.placed) + index * 240000).toISOString(),
      what: `order.${what}`, actor: index === 0 ? "hq" : "web",
    }));
    this.histories.set(order.order, rows.reverse());
  }

  hello() {
    return {
      store: "0412", name: "Harbour Street", version: "1.0.0", epoch: this.epoch,
      sequence: this.sequence, currency: "GBP", time: new Date(Date.now() + this.aheadMs).toISOString(),
      open_to_network: this.open,
    };
  }

  /** Writes rows of nouns with one new sequence and tells whoever follows. */
  change(changed) {
    this.sequence++;
    for (const [noun, rows] of Object.entries(changed)) {
      const told = rows.map(({ forgotten, ...row }) => (
        { ...row, sequence: forgotten ? 0 : this.sequence }));
      for (const row of told) {
        if (row.removed === true && noun !== "product") this.views[noun].delete(row.key);
        else this.views[noun].set(row.key, row);
      }
      this.note(noun, told);
    }
    this.updateStatus();
    return this.sequence;
  }

  note(noun, rows) {
    this.changes.push(...rows.map((row) => ({ noun, key: row.key, sequence: this.sequence })));
    if (this.changes.length > HISTORY_MAX) this.changes.splice(0, this.changes.length - HISTORY_MAX);
    this.emit("change", { noun, sequence: this.sequence, rows });
  }

  /** Values that are no state (sensor readings): pushed, with the current sequence. */
  live(noun, row) {
    this.views[noun].set(row.key, { ...row, sequence: this.sequence });
    this.note(noun, [this.views[noun].get(row.key)]);
  }

  /** null when it is too long ago to be told row by row. */
  changedSince(noun, after) {
    if (after > this.sequence) return null;
    if (this.changes.length > 0 && after < this.changes[0].sequence - 1 && this.changes.length >= HISTORY_MAX)
      return null;
    const keys = new Set(
      this.changes.filter((each) => each.noun === noun && each.sequence > after).map((each) => each.key),
    );
    return [...keys].map((key) => this.views[noun].get(key) ?? { key, sequence: this.sequence, removed: true });
  }

  counts() {
    const now = Date.now();
    const orders = [...this.views.order.values()];
    const open = orders.filter(isOpen);
    const labels = [...this.views.label.values()];
    const sensors = [...this.views.sensor.values()];
    const state = (rows, ...states) => rows.filter((row) => states.includes(row.state)).length;
    return {
      products: this.views.product.size, orders_open: open.length,
      orders_overdue: open.filter((order) => Date.parse(dueOf(order)) < now).length,
      labels: labels.length, labels_waiting: state(labels, "dirty", "offered", "sending"),
      labels_failed: state(labels, "failed"), sensors: sensors.length,
      sensors_stale: state(sensors, "stale"),
      alarms: [...this.views.alarm.values()].filter((alarm) => !alarm.acknowledged).length,
      sales_today: this.sales, lines_today: this.sales * 3,
    };
  }

  /** The node's time may be ahead of this machine's, and its own clock apart from that. */
  clocks() {
    const { apart, ...told } = this.clock;
    const now = Date.now() + this.aheadMs;
    return {
      time: new Date(now).toISOString(), ...told, machine: new Date(now + apart).toISOString(),
      hq: new Date(now + this.link.hq_clock.minutes * 60000).toISOString(),
    };
  }

  doubt(clock) {
    this.clock = { ...this.clock, ...clock, since: new Date().toISOString() };
    this.sequence++;
    this.updateStatus();
  }

  updateStatus() {
    const counts = this.counts();
    const items = this.itemsOf(counts);
    const worst = items[0]?.severity ?? "ok";
    const before = this.views.status.get("store");
    if (before !== undefined && before.state !== worst) this.statusSince = new Date().toISOString();
    const row = {
      key: "store", sequence: this.sequence, state: worst, since: this.statusSince, items, counts,
      link: { state: this.link.state, since: this.link.since, backlog: this.link.backlog },
    };
    this.views.status.set("store", row);
    this.emit("change", { noun: "status", sequence: this.sequence, rows: [row] });
  }

  itemsOf(counts) {
    const items = [];
    for (const alarm of this.views.alarm.values())
      if (!alarm.acknowledged)
        items.push({
          severity: "problem", what: "alarm", noun: "alarm", key: alarm.key, text: alarm.text,
          since: alarm.raised, count: 1,
        });
    const minutes = (count) => new Date(Date.now() - count * 60000).toISOString();
    if (this.clock.state !== "good")
      items.push({
        severity: this.clock.source === "kept" ? "problem" : "attention",
        what: `clock_${this.clock.source}`, noun: "node", key: "", text: "the clock is wrong",
        since: this.clock.since, count: 1,
      });
    if (counts.orders_overdue > 0)
      items.push({
        severity: "problem", what: "orders_overdue", noun: "order", key: this.firstLate(),
        text: `${counts.orders_overdue} orders are past their time`, since: minutes(22),
        count: counts.orders_overdue,
      });
    if (counts.labels_failed > 0)
      items.push({
        severity: "attention", what: "labels_failed", noun: "label",
        key: [...this.views.label.values()].find((label) => label.state === "failed").key,
        text: `${counts.labels_failed} labels do not show their price`, since: minutes(140),
        count: counts.labels_failed,
      });
    const stale = [...this.views.sensor.values()].filter((sensor) => sensor.state === "stale");
    if (stale.length > 0)
      items.push({
        severity: "attention", what: "sensors_lost", noun: "sensor", key: stale[0].key,
        text: `${stale.length} sensors are silent`, since: stale[0].since, count: stale.length,
      });
    return items;
  }

  firstLate() {
    const late = [...this.views.order.values()].find((order) =>
      isOpen(order) && Date.parse(dueOf(order)) < Date.now());
    return late?.key ?? "";
  }

  /** A final answer; the same id with the same body gets the first answer again. */
  command({ id, type, data }) {
    if (typeof id !== "string" || id.length < 1 || id.length > 64 || typeof type !== "string")
      return { id: id ?? null, outcome: "refused", code: "malformed", message: "id: 1 to 64 bytes" };
    const body = JSON.stringify([type, data]);
    const known = this.answers.get(id);
    if (known !== undefined && known.body === body) return known.answer;
    if (known !== undefined)
      return { id, outcome: "conflict", code: "conflict", message: "sent before with another body" };
    let answer;
    try {
      const decide = DECISIONS[type];
      need(decide !== undefined, "unknown_type", `type ${type}: not known`);
      answer = { id, outcome: "accepted", sequence: decide(this, data ?? {}) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = { id, outcome: "refused", code: error.code, message: error.message };
    }
    this.answers.set(id, { body, answer });
    return answer;
  }

  move(product, kind, bucket, quantity, extra = {}) {
    const buckets = { ...product.buckets, [bucket]: milli(product.buckets[bucket] + quantity) };
    if (extra.to_bucket !== undefined)
      buckets[extra.to_bucket] = milli(buckets[extra.to_bucket] - quantity);
    const sequence = this.change({ product: [sums({ ...product, buckets })] });
    const rows = this.movements.get(product.sku) ?? this.pastMovements(product);
    rows.unshift({
      sequence, time: new Date().toISOString(), kind, bucket, quantity, actor: "web", ...extra,
    });
    this.movements.set(product.sku, rows);
    return sequence;
  }

  pastMovements(product) {
    const next = chance(product.sequence);
    const rows = [];
    for (let index = 0; index < 45; index++) {
      const sold = index % 6 !== 5;
      rows.push({
        sequence: 900 - index, time: new Date(this.started - index * 47 * 60000).toISOString(),
        kind: sold ? "sale" : index % 12 === 5 ? "fill" : "receive",
        bucket: sold ? "shelf" : "backroom", quantity: sold ? -1 - Math.floor(next() * 3) : 12,
        ...(index % 12 === 5 ? { to_bucket: "shelf", quantity: -8 } : {}),
        actor: sold ? `till/t${1 + (index % 3)}` : "web",
      });
    }
    return rows;
  }

  find(query, limit) {
    const words = fold(query).split(/\s+/).filter((word) => word !== "");
    const rows = [];
    for (const product of this.views.product.values()) {
      const text = fold(`${product.name} ${product.sku} ${product.brand} ${product.gtins.join(" ")}`);
      if (words.every((word) => text.includes(word))) rows.push(product);
      if (rows.length >= limit) break;
    }
    return rows;
  }

  scan(code) {
    const plain = code.trim();
    const digits = plain.replace(/\D/g, "");
    if (this.views.order.has(plain)) return { kind: "order", key: plain };
    if (this.views.label.has(plain.toUpperCase())) return { kind: "label", key: plain.toUpperCase() };
    if (this.views.product.has(plain)) return { kind: "product", key: plain };
    const gtin = digits.padStart(14, "0");
    for (const product of this.views.product.values())
      if (digits.length >= 8 && product.gtins.includes(gtin))
        return { kind: "product", key: product.sku };
    return { kind: "unknown", key: plain };
  }

  series({ device, channel, from, to, points = 400 }) {
    const sensor = this.sensorNamed(device);
    const found = sensor?.channels.find((each) => each.channel === channel);
    need(found !== undefined, "unknown_device", `device ${device}: not known`);
    const first = Date.parse(from);
    const last = Date.parse(to);
    const step = Math.max(60000, Math.ceil((last - first) / points / 60000) * 60000);
    const rows = [];
    const next = chance(sensor.sequence + channel.length);
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
      const gap = (at / step) % 97 > 88;
      const wave = Math.sin(at / 2.6e6) * 0.8 + Math.sin(at / 3.1e7) * 1.1 + (next() - 0.5) * 0.5;
      const mean = found.kind === "contact" ? Number(Math.sin(at / 9e5) > -0.8)
        : milli(found.value + wave - (found.alarm ? Math.max(0, Math.min(4, (last - at) / 9e5)) : 0));
      if (!gap || found.kind === "contact")
        rows.push([at, milli(mean - 0.3 * next()), mean, milli(mean + 0.3 * next()), Math.round(step / 60000)]);
    }
    return { unit: found.unit, step_ms: step, rows };
  }

  sensorNamed(name) {
    for (const sensor of this.views.sensor.values())
      if (sensor.key === name || sensor.device === name) return sensor;
    return undefined;
  }

  setLink(state) {
    const at = new Date().toISOString();
    const down = state === "down";
    this.link = {
      ...this.link, state, since: at, backlog: down ? 312 : 0,
      lanes: {
        orders: { ...this.link.lanes.orders, backlog: down ? 24 : 0, oldest: down ? at : null },
        stock: { ...this.link.lanes.stock, backlog: down ? 288 : 0, oldest: down ? at : null },
        telemetry: this.link.lanes.telemetry,
      },
      oldest_unacknowledged: down ? at : null, round_trip_ms: down ? null : 38,
      last_error: down ? "the bridge has been disconnected: connection refused" : null,
    };
    this.live("link", this.link);
    this.updateStatus();
  }

  /** Sensors breathe: once a second one of them says something. */
  breathe(turn) {
    const sensors = [...this.views.sensor.values()].filter((sensor) => sensor.state !== "stale");
    const sensor = sensors[turn % sensors.length];
    const at = new Date().toISOString();
    const channels = sensor.channels.map((channel) => (
      channel.kind === "temperature" || channel.kind === "weight"
        ? { ...channel, observed: at, value: milli(channel.value + Math.sin(turn) * 0.04) }
        : { ...channel, observed: at }));
    this.live("sensor", { ...sensor, last_seen: at, channels });
  }
}

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function dueOf(order) {
  if (order.state === "offered") return order.accept_by;
  return order.state === "ready" ? order.collect_by : order.ready_by;
}

function productFor(node, { sku, barcode }) {
  const found = sku ?? node.scan(barcode ?? "").key;
  const product = node.views.product.get(found);
  need(product !== undefined, "unknown_product", `sku ${found}: not in the catalogue`);
  return product;
}

function decideMove(node, data) {
  const product = productFor(node, data);
  const { kind, quantity, reason } = data;
  need(typeof quantity === "number", "malformed", "quantity: is missing");
  const extra = reason === undefined ? {} : { reason };
  const bucket = data.bucket ?? (kind === "receive" || kind === "fill" ? "backroom" : "shelf");
  switch (kind) {
    case "receive": need(quantity > 0, "malformed", "quantity: more than 0");
      return node.move(product, kind, bucket, quantity, extra);
    case "adjust": return node.move(product, kind, bucket, quantity, extra);
    case "count": return node.move(product, kind, bucket, milli(quantity - product.buckets[bucket]), extra);
    case "fill": return node.move(product, kind, "backroom", -quantity, { ...extra, to_bucket: "shelf" });
    case "waste": need(reason !== undefined, "malformed", "reason: is missing, \"waste\" needs one");
      return node.move(product, kind, bucket, -quantity, extra);
    default: throw new Refusal("malformed", "kind: allowed is receive, adjust, count, fill, waste");
  }
}

function decideVerb(verb, node, data) {
  const order = node.views.order.get(data.order);
  need(order !== undefined, "unknown_order", `order ${data.order}: not known`);
  need(data.version === undefined || data.version === order.version, "version",
    `version ${data.version}: the order is at ${order.version}`);
  need(order.allowed.includes(verb) && MOVES[verb] !== undefined, "illegal_move",
    `order ${order.order} is ${order.state}; allowed is ${order.allowed.join(", ") || "nothing"}`);
  const sku = data.sku ?? (data.barcode === undefined ? undefined : node.scan(data.barcode).key);
  const refuse = (code, message) => need(false, code, message);
  const change = MOVES[verb](order, { ...data, sku }, refuse);
  const at = new Date().toISOString();
  const moved = { ...order, ...change, version: order.version + 1, reason: data.reason ?? "" };
  moved.allowed = allowedOf(moved);
  if (moved.state !== order.state) moved.since = at;
  const sequence = node.change({ order: [moved] });
  const what = moved.state === order.state ? verb : moved.state;
  node.histories.get(order.order)?.unshift({ sequence, time: at, what: `order.${what}`, actor: "web" });
  return sequence;
}

function decideOffer(node, data) {
  need(typeof data.order === "string", "malformed", "order: is missing");
  need(!node.views.order.has(data.order), "already", `order ${data.order}: is here already`);
  const at = new Date().toISOString();
  const lines = data.lines.map((line) => ({
    ...line, picked: 0, name: productFor(node, line).name, price: line.price ?? null,
  }));
  const { code, ...open } = data;
  const order = {
    key: data.order, note: "", customer: "", ...open, placed: data.placed ?? at, lines,
    state: "offered", since: at, version: 1, code: code !== undefined, secret: code,
  };
  order.allowed = allowedOf(order);
  const sequence = node.change({ order: [order] });
  node.histories.set(data.order, [{ sequence, time: at, what: "order.offered", actor: "hq" }]);
  return sequence;
}

function decideUpsert(node, data) {
  need(typeof data.sku === "string" && typeof data.name === "string", "malformed", "sku: is missing");
  const old = node.views.product.get(data.sku);
  const gtins = (data.gtins ?? []).map((gtin) => gtin14(gtin.padStart(14, "0").slice(0, 13)));
  return node.change({
    product: [sums({
      key: data.sku, lang: "en", brand: "", sold_by: "piece", price: null, currency: "GBP",
      regular_price: null, promotion: null, unit_price: null, lowest_30d: null, reserved: 0,
      buckets: {
        backroom: 0, shelf: 0, staged: 0, damaged: 0, returned: 0, in_transit_in: 0,
        in_transit_out: 0, display: 0,
      },
      labels: [], removed: false, ...old, ...data, gtins,
    })],
  });
}

function decideBind(node, { label: id, sku }) {
  need(/^(?:[0-9A-F]{12}|[0-9A-F]{16})$/.test(id ?? ""), "malformed", "label: 12 or 16 hex digits");
  const product = productFor(node, { sku });
  const old = node.views.label.get(id) ?? {
    key: id, label: id, ap: "", type: "ST29", w: 296, h: 128, template: "st29-regular", rev: 0,
    tries: 0, error: "", shown: "",
  };
  const at = new Date().toISOString();
  const wanted = `${product.sku}-${node.sequence}`;
  const row = {
    ...old, sku, name: product.name, price: product.price, state: "dirty", since: at, wanted,
    rev: old.rev + 1, tries: 0, error: "",
  };
  const sequence = node.change({
    label: [row], product: [{ ...product, labels: [...new Set([...product.labels, id])] }],
  });
  setTimeout(() => {
    const now = node.views.label.get(id);
    if (now?.wanted === wanted)
      node.change({ label: [{ ...now, state: "clean", shown: wanted, since: new Date().toISOString() }] });
  }, 1500).unref();
  return sequence;
}

function decideUnbind(node, { label: id }) {
  const label = node.views.label.get(id);
  need(label !== undefined, "unknown_label", `label ${id}: not known`);
  return node.change({
    label: [{
      ...label, sku: "", name: "", price: null, state: "unbound", wanted: "",
      since: new Date().toISOString(),
    }],
  });
}

function decideAdopt(node, data) {
  const sensor = node.sensorNamed(data.device);
  need(sensor !== undefined, "unknown_device", `device ${data.device}: not known`);
  const known = ["device", "name", "zone", "sku", "channels"];
  for (const member of Object.keys(data))
    need(known.includes(member), "malformed", `data.${member}: allowed is ${known.join(", ")}`);
  const channels = sensor.channels.map((channel) => {
    const limits = data.channels?.find((each) => each.channel === channel.channel);
    return { ...channel, low: limits?.low ?? null, high: limits?.high ?? null };
  });
  const { name = "", zone = "" } = data;
  return node.change({ sensor: [{ ...sensor, name, zone, channels, adopted: true }] });
}

const DECISIONS = {
  "link.reconcile": (node, { view }) => {
    const at = new Date();
    const comparisons = { ...node.link.comparisons };
    for (const each of ["stock", "orders", "prices", "catalogue"])
      if (view === undefined || view === each) comparisons[each] = compared("equal", at, 2000, 0);
    node.link = { ...node.link, comparisons };
    return node.change({ link: [node.link] });
  },
  "event.resend": (node, { event }) => {
    const row = node.quarantine.find((each) => each.event === event);
    need(row !== undefined, "unknown_event", `event ${event} is not in quarantine`);
    Object.assign(row, { resent: true, tries: row.tries + 1 });
    return node.change({ link: [node.link] });
  },
  "event.dismiss": (node, { event }) => {
    node.quarantine = node.quarantine.filter((each) => each.event !== event);
    return node.change({ link: [node.link] });
  },
  "clock.vouch": (node, { clock, time, associate }) => {
    need(associate !== undefined, "malformed", "associate: is missing");
    need((clock === undefined) !== (time === undefined), "malformed", "clock: either");
    if (clock === "machine") node.doubt({ state: "good", source: "machine", apart: 0 });
    else node.doubt({ source: "person" });
    return node.sequence;
  },
  "policy.set": (node, { associate: _, ...data }) => {
    const { managers = node.policy.managers } = data;
    node.policy = { ...node.policy, ...data, managers: managers.filter((name) => name !== "") };
    return node.change({});
  },
  "stock.move": decideMove,
  ...Object.fromEntries(Object.keys(MOVES).map((verb) => [
    `order.${verb}`, (node, data) => decideVerb(verb, node, data),
  ])),
  "order.offer": decideOffer,
  "product.upsert": decideUpsert,
  "price.set": (node, { sku, amount, currency }) => {
    const product = productFor(node, { sku });
    return node.change({
      product: [{ ...product, price: amount, regular_price: amount, currency }],
    });
  },
  "label.bind": decideBind,
  "label.unbind": decideUnbind,
  "device.adopt": decideAdopt,
  "device.forget": (node, { device }) => {
    const sensor = node.sensorNamed(device);
    need(sensor !== undefined, "unknown_device", `device ${device}: not known`);
    return node.change({ sensor: [{ ...sensor, adopted: false, name: "", zone: "", forgotten: true }] });
  },
  "alarm.acknowledge": (node, { alarm: id, reason }) => {
    const alarm = node.views.alarm.get(id);
    need(alarm !== undefined, "unknown_alarm", `alarm ${id}: not known`);
    const acknowledged = new Date().toISOString();
    return node.change({ alarm: [{ ...alarm, acknowledged, acknowledged_by: "web", reason }] });
  },
};
