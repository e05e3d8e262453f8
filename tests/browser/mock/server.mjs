// The mock node's HTTP and WebSocket side, as the contract says: assets by assets.json with a
// strict content policy, /api/v1 for what the tests use, JSON-RPC 2.0 on /ws.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

import { tasksOf, workOf } from "./flow.mjs";
import { milli } from "./goods.mjs";
import { MockNode } from "./node.mjs";
import { pictureOf } from "./picture.mjs";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "../../../web-ui/app/dist");
const FRAME_BYTES_MAX = 64 * 1024;
const PIECE_ROWS = 60;
const PLACES_NOUNS = [
  "order", "label", "sensor", "alarm", "status", "link", "delivery", "transfer", "count",
  "pick_list",
];

const POLICY = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

function loadAssets() {
  const assets = new Map();
  for (const asset of JSON.parse(readFileSync(join(DIST, "assets.json"), "utf8")))
    assets.set(asset.path, { ...asset, bytes: readFileSync(join(DIST, asset.gz)) });
  return assets;
}

function sendAsset(asset, response) {
  const immutable = asset.type.startsWith("text/html") ? "no-cache" : "max-age=31536000, immutable";
  response.writeHead(200, {
    ...POLICY, "content-type": asset.type, "content-encoding": "gzip", etag: `"${asset.hash}"`,
    "cache-control": immutable,
  });
  response.end(asset.bytes);
}

function sendJson(response, status, body) {
  response.writeHead(status, { ...POLICY, "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function readBody(request) {
  return new Promise((resolve) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
  });
}

async function serveApi(node, request, response, url) {
  const [, , , noun, id, part] = url.pathname.split("/").map(decodeURIComponent);
  if (request.method === "POST" && noun === "commands") {
    let command;
    try {
      command = JSON.parse(await readBody(request));
    } catch {
      sendJson(response, 400, { error: { code: "malformed", message: "no JSON" } });
      return;
    }
    sendJson(response, 200, node.command(command));
    return;
  }
  if (noun === "labels" && part === "picture.png") {
    const label = node.views.label.get(id);
    if (label === undefined || label.sku === "") {
      sendJson(response, 404, { error: { code: "unknown_label", message: `label ${id}` } });
      return;
    }
    response.writeHead(200, { ...POLICY, "content-type": "image/png" });
    response.end(pictureOf(label));
    return;
  }
  const view = node.views[noun?.replace(/s$/, "")] ?? (noun === "status" ? node.views.status : undefined);
  if (view === undefined) sendJson(response, 404, { error: { code: "unknown", message: url.pathname } });
  else if (id === undefined) sendJson(response, 200, { rows: [...view.values()].slice(0, 200) });
  else if (view.has(id)) sendJson(response, 200, view.get(id));
  else sendJson(response, 404, { error: { code: "unknown", message: id } });
}

/** One browser: what it follows, and the answers to what it asks. */
class Session {
  constructor(node, socket) {
    this.node = node;
    this.socket = socket;
    this.follows = new Map();
    this.push = (batch) => this.tell(batch);
    node.on("change", this.push);
    socket.on("close", () => node.off("change", this.push));
    socket.on("message", (bytes) => this.receive(bytes));
  }

  send(message) {
    const text = JSON.stringify(message);
    if (Buffer.byteLength(text) > FRAME_BYTES_MAX) throw new Error("a frame is too large");
    if (this.socket.readyState === 1) this.socket.send(text);
  }

  tell({ noun, sequence, rows }) {
    const keys = this.follows.get(noun);
    if (keys === undefined) return;
    const told = keys === null ? rows : rows.filter((row) => keys.has(row.key));
    if (told.length > 0)
      this.send({ jsonrpc: "2.0", method: "change", params: { noun, sequence, rows: told } });
  }

  receive(bytes) {
    let request;
    try {
      request = JSON.parse(bytes.toString("utf8"));
      const method = METHODS[request.method];
      if (method === undefined) throw new Error(`method ${request.method}: not known`);
      const result = method(this.node, request.params ?? {}, this);
      this.send({ jsonrpc: "2.0", id: request.id, result });
      this.after?.();
      this.after = undefined;
    } catch (error) {
      const fault = { code: -32602, message: error.message };
      this.send({ jsonrpc: "2.0", id: request?.id ?? null, error: fault });
    }
  }
}

function subscribe(node, { noun, after, keys }, session) {
  const view = node.views[noun];
  if (view === undefined) throw new Error(`noun ${noun}: allowed is ${Object.keys(node.views)}`);
  session.follows.set(noun, keys === undefined ? null : new Set(keys));
  const { sequence } = node;
  if (keys !== undefined) {
    const rows = keys.map((key) => view.get(key) ?? { key, sequence: 0, removed: true });
    return { noun, sequence, reset: true, rows };
  }
  if (!PLACES_NOUNS.includes(noun)) return { noun, sequence, reset: true, rows: [] };
  const changed = after === undefined ? null : node.changedSince(noun, after);
  const rows = changed ?? [...view.values()];
  // A snapshot larger than a frame goes on in notifications.
  session.after = () => {
    for (let at = PIECE_ROWS; at < rows.length; at += PIECE_ROWS)
      session.send({
        jsonrpc: "2.0", method: "change",
        params: { noun, sequence, rows: rows.slice(at, at + PIECE_ROWS), more: at + PIECE_ROWS < rows.length },
      });
  };
  return {
    noun, sequence, reset: changed === null, rows: rows.slice(0, PIECE_ROWS),
    more: rows.length > PIECE_ROWS,
  };
}

const METHODS = {
  hello: (node) => node.hello(),
  command: (node, params) => node.command(params),
  subscribe,
  unsubscribe: (node, { noun }, session) => {
    session.follows.delete(noun);
    return {};
  },
  "product.search": (node, { q, limit = 50 }) => ({ rows: node.find(q, Math.min(50, limit)) }),
  "product.get": (node, { sku }) => {
    const product = node.views.product.get(sku);
    if (product === undefined) throw new Error(`sku ${sku}: not in the catalogue`);
    return product;
  },
  "product.movements": (node, { sku, before, limit = 20 }) => {
    const product = node.views.product.get(sku);
    if (product === undefined) throw new Error(`sku ${sku}: not in the catalogue`);
    const all = (node.movements.get(sku) ?? node.pastMovements(product))
      .filter((row) => before === undefined || row.sequence < before);
    return { rows: all.slice(0, limit), more: all.length > limit };
  },
  "order.get": (node, { order }) => node.views.order.get(order),
  "order.history": (node, { order }) => ({ rows: node.histories.get(order) ?? [] }),
  "task.list": (node) => ({ rows: tasksOf(node), more: false }),
  ...Object.fromEntries(["delivery", "count", "transfer", "pick_list"].flatMap((noun) => [
    [`${noun}.list`, (node) => ({ rows: workOf(node)[noun] })],
    [`${noun}.get`, (node, params) => {
      const key = noun === "pick_list" ? "list" : noun;
      const row = workOf(node)[noun].find((each) => each[key] === params[key]);
      if (row === undefined) throw new Error(`${noun}: not known`);
      return row;
    }],
  ])),
  "price.history": (node, { sku }) => {
    const { price, currency } = node.views.product.get(sku) ?? {};
    if (price === null || price === undefined) return { rows: [] };
    const at = (days) => new Date(node.started - days * 864e5).toISOString();
    return {
      rows: [
        { kind: "regular", amount: price, currency, from: at(3), to: null },
        { kind: "regular", amount: milli(price * 1.1), currency, from: at(90), to: at(3) },
      ],
    };
  },
  "policy.get": (node) => node.policy,
  "clock.get": (node) => node.clocks(),
  "till.day": (node, { at }) => {
    const from = Math.floor((at === undefined ? Date.now() : Date.parse(at)) / 864e5) * 864e5;
    const days = Math.floor((Date.now() - from) / 864e5);
    const row = (till, sales) => ({
      till, currency: "GBP", sales, returns: 2, voids: 1, lines: sales * 4, sold: sales * 9.5,
      given_back: 12, voided: 3.5, net: milli(sales * 9.5 - 15.5),
    });
    return {
      date: new Date(from).toISOString().slice(0, 10), more: false,
      from: new Date(from).toISOString(), to: new Date(from + 864e5).toISOString(),
      rows: days > 2 ? [] : [row("t1", 140 - days), row("t2", 86 - days)],
    };
  },
  "parked.list": (node) => ({
    more: false,
    rows: [
      {
        parked: "p-1", till: "t1", associate: "Eva", note: "blue jacket", line_n: 3,
        since: new Date(node.started - 9 * 60000).toISOString(),
      },
      {
        parked: "p-2", till: "t2", line_n: 1, taken_by: "t1",
        since: new Date(node.started - 30 * 60000).toISOString(),
      },
    ],
  }),
  "price.planned": (node) => {
    const [first, second] = node.views.product.values();
    const row = (product, what, kind, minutes) => ({
      at: new Date(node.started + minutes * 60000).toISOString(), what, sku: product.sku,
      name: product.name,
      before: { amount: product.price, currency: product.currency, kind: "regular" },
      after: { amount: milli(product.price * 0.8), currency: product.currency, kind },
    });
    return {
      more: false,
      rows: [row(first, "change", "promotion", 600), row(second, "hold_over", "regular", 40)],
    };
  },
  "breach.list": (node) => {
    const [first, second] = node.views.product.keys();
    const [order] = node.views.order.keys();
    const at = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
    return {
      more: false,
      rows: [
        {
          sequence: 2, sku: first, kind: "reservation", quantity: 1, till: "t2", sale: "s-2",
          at: at(12), orders: [{ order, line: "1", quantity: 1 }],
        },
        { sequence: 1, sku: second, kind: "rights", quantity: 3, till: "t1", sale: "s-1", at: at(90), orders: [] },
      ],
    };
  },
  "quarantine.list": (node, { after = 0, limit = 100 }) => {
    const rows = node.quarantine.filter((row) => row.event > after);
    return {
      rows: rows.slice(0, limit), more: rows.length > limit, count: node.quarantine.length,
    };
  },
  "conflict.list": (node) => ({
    more: false,
    rows: [{
      command: "t1-000412", actor: "till/t1", type: "sale.record", first: 8,
      at: new Date(node.started).toISOString(),
    }],
  }),
  "product.lots": () => ({ rows: [] }),
  "product.reservations": () => ({ rows: [] }),
  "product.available": (node, { sku }) => {
    const available = node.views.product.get(sku)?.available ?? 0;
    return { sku, available, channels: { web: available, app: available, store: available } };
  },
  "sensor.series": (node, params) => node.series(params),
  scan: (node, { code }) => node.scan(code),
};

/** Starts a mock node on a free loopback port; close() ends it and all its connections. */
export async function startMock(options = {}) {
  const node = new MockNode(options);
  const assets = loadAssets();
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    const asset = assets.get(url.pathname);
    if (asset !== undefined && request.method === "GET") sendAsset(asset, response);
    else if (url.pathname.startsWith("/api/v1/")) void serveApi(node, request, response, url);
    else sendJson(response, 404, { error: { code: "unknown", message: url.pathname } });
  });
  const sockets = new WebSocketServer({
    server, path: "/ws", maxPayload: FRAME_BYTES_MAX, handleProtocols: () => "backroom.v1",
  });
  sockets.on("connection", (socket) => new Session(node, socket));
  await new Promise((resolve) => {
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  let turn = 0;
  const breath = setInterval(() => node.breathe(turn++), options.breath_ms ?? 1000);
  const close = () => {
    clearInterval(breath);
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    return new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { node, url: `http://127.0.0.1:${server.address().port}`, close };
}
