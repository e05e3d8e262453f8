// The parts of the app that need no page: bundled one by one with the app's own esbuild.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const APP = join(dirname(fileURLToPath(import.meta.url)), "../../../web-ui/app");
const folder = mkdtempSync(join(tmpdir(), "backroom-units-"));
let wedge;
let form;
let series;
let order;
let label;

async function load(path) {
  const { build } = createRequire(join(APP, "package.json"))("esbuild");
  const outfile = join(folder, `${path.replaceAll("/", "-")}.mjs`);
  await build({
    absWorkingDir: APP, entryPoints: [`src/${path}`], outfile, bundle: true, format: "esm",
    platform: "node", jsx: "automatic", jsxImportSource: "preact", logLevel: "error",
    banner: { js: "globalThis.location ??= { protocol: 'http:', host: 'x', pathname: '/', search: '' };" },
  });
  return import(pathToFileURL(outfile));
}

before(async () => {
  wedge = await load("scan/wedge.ts");
  form = await load("parts/form.tsx");
  series = await load("pages/sensors/series.ts");
  order = await load("pages/orders/order.ts");
  label = await load("pages/labels/label.ts");
});
after(() => rmSync(folder, { recursive: true, force: true }));

function type(burst, text, gapMs, startMs = 1000) {
  let code = null;
  [...text, "Enter"].forEach((key, index) => {
    code = burst.take({ key, ctrl: false, alt: false, timeMs: startMs + index * gapMs });
  });
  return code;
}

test("a burst of keys is a scan", () => {
  assert.equal(type(new wedge.Burst(), "5012345678900", 8), "5012345678900");
});

test("typing is no scan", () => {
  assert.equal(type(new wedge.Burst(), "5012345678900", 90), null);
  assert.equal(type(new wedge.Burst(), "abc", 5), null);
});

test("a scan after typing has only the scan in it", () => {
  const burst = new wedge.Burst();
  type(burst, "milk", 120);
  assert.equal(type(burst, "20000015", 6, 9000), "20000015");
});

test("the field separator of GS1 is kept", () => {
  const burst = new wedge.Burst();
  const keys = [["0", false], ["1", false], ["]", true], ["1", false], ["0", false]];
  keys.forEach(([key, ctrl], index) => burst.take({ key, ctrl, alt: false, timeMs: index * 5 }));
  assert.equal(burst.take({ key: "Enter", ctrl: false, alt: false, timeMs: 25 }), "01\u001d10");
});

test("quantities as people type them", () => {
  for (const [text, value] of [
    ["12", 12], ["-3", -3], ["−3", -3], ["1,5", 1.5], ["0.125", 0.125], ["۱۲", 12], ["+4", 4],
    ["", null], ["1.2345", null], ["1e3", null], ["12 kg", null], ["--1", null],
  ]) assert.equal(form.readDecimal(text), value, text);
});

test("a gap in a series stays a gap", () => {
  const rows = [0, 1, 2, 9, 10].map((minute) => [minute * 60000, 1, 2, 3, 1]);
  const points = series.pointsOf({ step_ms: 60000, rows }, []);
  assert.deepEqual(points.map((point) => point.mean), [2, 2, 2, null, 2, 2]);
  assert.deepEqual(series.summaryOf(points), { low: 1, mean: 2, high: 3 });
  assert.equal(series.summaryOf([]), null);
});

test("what came live goes behind the series, older values do not", () => {
  const rows = [[60000, 1, 1, 1, 1], [120000, 1, 1, 1, 1]];
  const tail = [
    { atMs: 90000, low: 9, mean: 9, high: 9 }, { atMs: 150000, low: 5, mean: 5, high: 5 },
  ];
  const means = series.pointsOf({ step_ms: 60000, rows }, tail).map((point) => point.mean);
  assert.deepEqual(means, [1, 1, 5]);
});

function orderOf(state, minutes, id = "A") {
  const at = new Date(Date.now() + minutes * 60000).toISOString();
  return {
    key: id, order: id, state, since: at, accept_by: at, ready_by: at, collect_by: at, lines: [],
  };
}

test("late orders stand first, closed ones last", () => {
  const rows = [
    orderOf("handed_over", -500, "closed"), orderOf("accepted", 30, "soon"),
    orderOf("offered", -5, "late"), orderOf("ready", 300, "calm"),
  ];
  assert.deepEqual(rows.sort(order.compare).map((row) => row.key), ["late", "soon", "calm", "closed"]);
});

test("the deadline that counts depends on the state", () => {
  const row = { ...orderOf("offered", 0), accept_by: "a", ready_by: "r", collect_by: "c" };
  assert.equal(order.deadline(row), "a");
  assert.equal(order.deadline({ ...row, state: "picked" }), "r");
  assert.equal(order.deadline({ ...row, state: "ready" }), "c");
  assert.equal(order.deadline({ ...row, state: "cancelled" }), undefined);
});

test("the number of a label", () => {
  assert.equal(label.readLabelId("00:12:4b:00:21:f3"), "00124B0021F3");
  assert.equal(label.readLabelId(" 00124B0021F3A7C4 "), "00124B0021F3A7C4");
  assert.equal(label.readLabelId("00124B0021F3A"), null);
  assert.equal(label.readLabelId("00124B0021G3"), null);
});
