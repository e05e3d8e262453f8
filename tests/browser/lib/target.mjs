// What the specs run against: a real node when BACKROOM_URL names one, else the mock. Specs about
// what only the ledger decides ask for a node of their own (real: true), which is started from the
// build folder in BACKROOM_BUILD. Everything a spec does to the store goes through the public API.
import WebSocket from "ws";

import { startMock } from "../mock/server.mjs";
import { startDaemon } from "./daemon.mjs";

let count = 0;

/** Ids that no earlier run used, because a real node remembers them. */
export function freshId(prefix) {
  count++;
  return `${prefix}-${Date.now().toString(36)}-${process.pid}-${count}`;
}

async function post(base, command) {
  const response = await fetch(`${base}/api/v1/commands`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: freshId("test"), ...command }),
  });
  const answer = await response.json();
  if (answer.outcome !== "accepted")
    throw new Error(`${command.type}: ${JSON.stringify(answer)}`);
  return answer;
}

/** One JSON-RPC call over its own WebSocket. */
export function call(base, method, params) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace(/^http/, "ws")}/ws`, "backroom.v1");
    socket.on("error", reject);
    socket.on("open", () => {
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    });
    socket.on("message", (bytes) => {
      const reply = JSON.parse(bytes.toString("utf8"));
      if (reply.id !== 1) return;
      socket.close();
      if (reply.error !== undefined) reject(new Error(reply.error.message));
      else resolve(reply.result);
    });
  });
}

function realTarget(url, close) {
  return {
    url, node: null, close,
    command: (type, data) => post(url, { type, data }),
    call: (method, params) => call(url, method, params),
  };
}

/** {url, command, call, node: the mock or null, close} */
export async function startTarget(options = {}) {
  const { BACKROOM_URL: running = "", BACKROOM_BUILD: build = "" } = process.env;
  // In a whole store others pick orders and sell, too: these want one for themselves.
  if (options.real === true && build !== "") {
    const daemon = await startDaemon(build);
    return realTarget(daemon.url, daemon.close);
  }
  if (running !== "") return realTarget(running.replace(/\/+$/, ""), async () => {});
  if (options.real === true)
    throw new Error("BACKROOM_BUILD names no build folder with node/backroomd");
  const mock = await startMock(options);
  return {
    url: mock.url, node: mock.node, close: mock.close,
    command: (type, data) => post(mock.url, { type, data }),
    call: (method, params) => call(mock.url, method, params),
  };
}

/** GTIN-13 in the store's own range, with its check digit. */
function ownGtin() {
  const body = `2${String(Date.now() * 10 + (count++ % 10)).slice(-11)}`;
  let sum = 0;
  for (let index = 0; index < 12; index++) sum += Number(body[index]) * (index % 2 === 0 ? 1 : 3);
  return body + ((10 - (sum % 10)) % 10);
}

/** A product of this test alone, with a price and some stock. */
export async function makeProduct(target, { stock = 40 } = {}) {
  const { currency = "GBP" } = await target.call("hello", {});
  const sku = freshId("T").toUpperCase();
  const barcode = ownGtin();
  const name = `Test Marmalade ${sku}`;
  await target.command("product.upsert", { sku, name, gtins: [barcode], sold_by: "piece" });
  await target.command("price.set", { sku, kind: "regular", amount: 2.55, currency });
  if (stock > 0)
    await target.command("stock.move", { sku, kind: "receive", bucket: "shelf", quantity: stock });
  return { sku, name, barcode };
}

export async function makeOrder(target, { dueInMinutes = 45, quantity = 2, customer } = {}) {
  const product = await makeProduct(target);
  const order = freshId("W").toUpperCase();
  const at = (minutes) => new Date(Date.now() + minutes * 60000).toISOString();
  const who = customer ?? `Guest ${order}`;
  await target.command("order.offer", {
    order, channel: "web", method: "pickup", customer: who, placed: at(-5),
    accept_by: at(dueInMinutes), ready_by: at(dueInMinutes + 30), collect_by: at(dueInMinutes + 600),
    lines: [{ line: "1", sku: product.sku, quantity, price: 2.55 }],
  });
  return { order, customer: who, product };
}
