// What packaging/demo does over the store's HTTP API: gives a new store its first stock, labels and
// sensors, and shows the state of the store on one screen.
//
//   demo-store.mjs ready URL SECONDS             waits until the node answers
//   demo-store.mjs prepare URL PRODUCTS LABELS   PRODUCTS and LABELS are CSV files of the peers
//   demo-store.mjs screen URL LINE...            until it is told to stop; LINEs close the screen
import { readFileSync } from "node:fs";

const COMMANDS_MAX = 256;
const SENSORS = 20;
const WAIT_S = 180;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function get(url, path) {
  const answer = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// A query answers with its row, or with its rows.
const rowsOf = (answer) => (Array.isArray(answer) ? answer : answer.rows ?? [answer]);
const statusOf = async (url) => rowsOf(await get(url, "status"))[0];

// Gives commands in the largest portions there may be; "busy" is the one answer to ask again after.
async function command(url, commands) {
  const tally = { accepted: 0, refused: 0, first: "" };
  for (let at = 0; at < commands.length; ) {
    const portion = commands.slice(at, at + COMMANDS_MAX);
    const answer = await fetch(`${url}/api/v1/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ commands: portion }),
      signal: AbortSignal.timeout(30000),
    });
    if (answer.status === 503) {
      await sleep(200);
      continue;
    }
    const body = await answer.json();
    if (!answer.ok) throw new Error(`commands: ${JSON.stringify(body)}`);
    if (body.answers.some((each) => each.outcome === "busy")) {
      await sleep(200);
      continue;
    }
    for (const each of body.answers) {
      if (each.outcome === "accepted") tally.accepted++;
      else {
        tally.refused++;
        tally.first ||= `${each.code}: ${each.message}`;
      }
    }
    at += portion.length;
  }
  return tally;
}

function fieldsOf(line) {
  const fields = [];
  const field = /("(?:[^"]|"")*"|[^,]*)(,|$)/gy;
  for (let match; (match = field.exec(line)) !== null; ) {
    const text = match[1];
    fields.push(text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);
    if (match[2] === "") break;
  }
  return fields;
}

function readCsv(path) {
  const [head, ...lines] = readFileSync(path, "utf8").split(/\r?\n/).filter((line) => line !== "");
  const names = fieldsOf(head);
  return lines.map((line) => {
    const values = fieldsOf(line);
    return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""]));
  });
}

// Waits for `look` to give something true; says what it waits for when that never comes.
async function until(what, look) {
  const end = Date.now() + WAIT_S * 1000;
  for (;;) {
    const got = await look();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what}: still waiting after ${WAIT_S} s`);
    await sleep(300);
  }
}

async function report(what, url, commands) {
  const { accepted, refused, first } = await command(url, commands);
  console.log(`  ${what}: ${accepted}${refused > 0 ? `, ${refused} refused (${first})` : ""}`);
  if (accepted === 0) throw new Error(`${what}: nothing was accepted`);
}

// A delivery for every product, of which the larger part goes on the shelf. Ids are made from the
// SKU, so that a run that was cut short can be repeated.
function stockCommands(products) {
  return products.flatMap(({ sku }, i) => {
    const quantity = 40 + ((i * 37) % 160);
    const fill = Math.floor(quantity * 0.6);
    return [
      { id: `demo-receive-${sku}`, type: "stock.move", data: { sku, kind: "receive", quantity } },
      { id: `demo-fill-${sku}`, type: "stock.move", data: { sku, kind: "fill", quantity: fill } },
    ];
  });
}

function bindCommands(labels, products) {
  return labels.map(({ label }, i) => ({
    id: `demo-bind-${label}`,
    type: "label.bind",
    data: { label, sku: products[(i * 7) % products.length].sku },
  }));
}

// Limits for what has any: cold air and cold rooms.
function limitsOf(device, channel) {
  if (channel.kind !== "temperature" && channel.channel !== "temperature") return {};
  if (/freez/i.test(device)) return { high: -12, delay_s: 60 };
  if (/cool|fridge|dairy|chill/i.test(device)) return { low: 0, high: 8, delay_s: 60 };
  return {};
}

function adoptCommand({ device, name, channels }) {
  const last = device.split("/").at(-1);
  const limited = (channels ?? [])
    .map((channel) => ({ channel: channel.channel, ...limitsOf(device, channel) }))
    .filter((channel) => Object.keys(channel).length > 1);
  return {
    id: `demo-adopt-${device}`.slice(0, 64),
    type: "device.adopt",
    data: { device, name: name || last, channels: limited },
  };
}

async function prepare(url, productsPath, labelsPath) {
  const products = readCsv(productsPath);
  const labels = readCsv(labelsPath);
  await until("the catalogue from HQ", async () => {
    const status = await statusOf(url);
    return status.counts.products >= products.length;
  });
  console.log(`  products and prices from HQ: ${products.length}`);
  await report("stock movements of the first delivery", url, stockCommands(products));
  await report("labels bound to products", url, bindCommands(labels, products));
  let sensors = [];
  await until("sensors to report", async () => {
    sensors = rowsOf(await get(url, "sensors"));
    return sensors.length >= SENSORS;
  });
  // Channels come with the first readings of each kind.
  await sleep(2000);
  sensors = rowsOf(await get(url, "sensors"));
  const strangers = sensors.filter((sensor) => !sensor.adopted);
  if (strangers.length > 0) await report("sensors adopted", url, strangers.map(adoptCommand));
}

const WORDS = {
  ok: "The store is all right.",
  attention: "The store works; something wants attention.",
  problem: "The store has a problem.",
  unknown: "The store's state is not known yet.",
};

const number = (value) => (value ?? 0).toLocaleString("en-GB");
const clock = (time) => (time ? String(time).slice(11, 19) : "-");

function ago(time) {
  const s = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (Number.isNaN(s)) return "-";
  return s < 120 ? `${s} s` : `${Math.round(s / 60)} min`;
}

function linesOf(status, link) {
  const counts = status.counts ?? {};
  const lines = [WORDS[status.state] ?? `The store is ${status.state}.`];
  for (const item of (status.items ?? []).slice(0, 6))
    lines.push(`  ${item.severity === "problem" ? "!" : "-"} ${item.text} (for ${ago(item.since)})`);
  lines.push("");
  lines.push(`sales today  ${number(counts.sales_today)}, ${number(counts.lines_today)} lines`);
  lines.push(`orders       ${number(counts.orders_open)} open, ${number(counts.orders_overdue)} overdue`);
  lines.push(`products     ${number(counts.products)}`);
  lines.push(`labels       ${number(counts.labels)}, ${number(counts.labels_waiting)} waiting, `
    + `${number(counts.labels_failed)} failed`);
  lines.push(`sensors      ${number(counts.sensors)}, ${number(counts.sensors_stale)} silent, `
    + `${number(counts.alarms)} alarms`);
  lines.push(`HQ link      ${link.state ?? "unknown"}${link.since ? ` since ${clock(link.since)}` : ""}, `
    + `${number(link.backlog)} events waiting`);
  return lines;
}

async function draw(url, closing, live) {
  let lines;
  try {
    const status = await statusOf(url);
    lines = linesOf(status, rowsOf(await get(url, "link").catch(() => status.link ?? {}))[0]);
  } catch (error) {
    lines = [`The node does not answer: ${error.message}`];
  }
  const now = new Date().toLocaleTimeString("en-GB");
  if (live) {
    const width = process.stdout.columns || 80;
    const all = [`Backroom demo  ${now}`, "", ...lines, "", ...closing];
    const text = all.map((line) => `${line.slice(0, width - 1)}\x1b[K`).join("\n");
    process.stdout.write(`\x1b[H${text}\n\x1b[J`);
  } else {
    console.log(`${now}  ${lines.filter((line) => line !== "").map((line) => line.trim()).join(" | ")}`);
  }
}

async function screen(url, closing) {
  const live = process.stdout.isTTY === true;
  // The terminal may go away first; then there is nothing left to show.
  process.stdout.on("error", () => process.exit(0));
  if (live) process.stdout.write("\x1b[2J");
  for (;;) {
    await draw(url, closing, live);
    await sleep(live ? 1000 : 10000);
  }
}

async function ready(url, seconds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await statusOf(url);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(200);
  }
}

const [verb, url, ...rest] = process.argv.slice(2);
try {
  if (verb === "ready") await ready(url, Number(rest[0]));
  else if (verb === "prepare") await prepare(url, rest[0], rest[1]);
  else if (verb === "screen") await screen(url, rest);
  else throw new Error("a verb is needed: ready, prepare or screen");
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exit(1);
}
