// The line is cut: the page says so, keeps what it knows, and goes on by itself.
import assert from "node:assert/strict";
import { test } from "node:test";

import { forgiveCut, setUp } from "../lib/setup.mjs";
import { makeOrder, makeProduct } from "../lib/target.mjs";

const world = setUp({ proxied: true });

async function cutAndSee(page) {
  world.proxy.cut();
  await page.getByText("Node away.").waitFor();
}

test("a cut greys the page and tells the time of the last good data", async () => {
  const page = await world.open("/orders", { base: world.proxy.url });
  await page.locator(".patience").waitFor({ state: "detached" });
  await cutAndSee(page);
  const banner = await page.locator(".away").innerText();
  assert.match(banner, /Last good data \d\d:\d\d:\d\d\./);
  const filter = await page.locator(".page").evaluate((each) => getComputedStyle(each).filter);
  assert.match(filter, /grayscale/);
  world.proxy.mend();
  await page.getByText("Node away.").waitFor({ state: "detached", timeout: 10000 });
  forgiveCut(page);
});

test("what happened meanwhile is there after the cut, without a reload", async () => {
  const { order } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`, { base: world.proxy.url });
  await page.getByRole("button", { name: "Accept" }).waitFor();
  await page.evaluate(() => {
    window.loadedOnce = true;
  });
  await cutAndSee(page);
  await world.target.command("order.accept", { order });
  const { customer } = await makeOrder(world.target, { dueInMinutes: -2880 });
  world.proxy.mend();
  await page.getByRole("button", { name: "Pick", exact: true }).waitFor({ timeout: 10000 });
  await page.locator(".row", { hasText: customer }).waitFor();
  assert.equal(await page.evaluate(() => window.loadedOnce), true);
  forgiveCut(page);
});

test("it resumes by sequence: only what changed travels", async () => {
  const page = await world.open("/orders", { base: world.proxy.url });
  await page.locator(".patience").waitFor({ state: "detached" });
  await cutAndSee(page);
  const sent = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => {
    const request = JSON.parse(payload);
    if (request.method === "subscribe") sent.push(request.params);
  }));
  world.proxy.mend();
  await page.getByText("Node away.").waitFor({ state: "detached", timeout: 10000 });
  await page.waitForTimeout(200);
  const orders = sent.find((each) => each.noun === "order");
  assert.equal(typeof orders?.after, "number");
  forgiveCut(page);
});

test("a command sent while the node is away is decided once, after it is back", async () => {
  const { sku, name } = await makeProduct(world.target, { stock: 10 });
  const page = await world.open(`/stock?product=${sku}`, { base: world.proxy.url });
  await page.getByLabel("Quantity").fill("5");
  await cutAndSee(page);
  await page.getByRole("button", { name: "Receive 5" }).click();
  await page.getByRole("button", { name: "Waiting for the node…" }).waitFor();
  world.proxy.mend();
  await page.getByText(`Received 5 of ${name}.`).waitFor({ timeout: 10000 });
  const moved = await world.target.call("product.movements", { sku, limit: 20 });
  assert.equal(moved.rows.filter((row) => row.kind === "receive" && row.quantity === 5).length, 1);
  forgiveCut(page);
});

test("a command cut on its way is sent again with the same id", async () => {
  const { sku } = await makeProduct(world.target, { stock: 10 });
  const page = await world.open(`/stock?product=${sku}`, { base: world.proxy.url });
  const ids = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => {
    const request = JSON.parse(payload);
    if (request.method === "command") ids.push(request.params.id);
  }));
  await page.reload();
  await page.getByLabel("Quantity").fill("4");
  // The answer to this one is lost: the line goes in the same turn as the tap.
  await page.getByRole("button", { name: "Receive 4" }).evaluate((button) => button.click());
  world.proxy.cut();
  await page.waitForTimeout(300);
  world.proxy.mend();
  await page.getByText(/^Received 4 of/).waitFor({ timeout: 10000 });
  assert.equal(new Set(ids).size, 1);
  const product = await world.target.call("product.movements", { sku, limit: 20 });
  assert.equal(product.rows.filter((row) => row.kind === "receive" && row.quantity === 4).length, 1);
  forgiveCut(page);
});

test("a store that was restored from a backup is shown as it is now", async (t) => {
  const { node } = world.target;
  if (node === null) {
    t.diagnostic("no test restores a real store");
    return;
  }
  const { order } = await makeOrder(world.target);
  const before = node.views.order.get(order);
  const page = await world.open(`/orders?order=${order}`, { base: world.proxy.url });
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByRole("button", { name: "Pick", exact: true }).waitFor();
  await cutAndSee(page);
  // Another life of the store, in which the order was not accepted yet, and sequences are lower.
  node.epoch = "0f0e0d0c0b0a0908";
  node.sequence = before.sequence;
  node.changes = [];
  node.views.order.set(order, before);
  world.proxy.mend();
  await page.getByRole("button", { name: "Accept" }).waitFor({ timeout: 10000 });
  forgiveCut(page);
});

test("a place that nothing was heard of yet shows no counts", async () => {
  const page = await world.open("/", { base: world.proxy.url });
  await page.locator(".answer-sentence").waitFor();
  // The other places come behind the first.
  await page.waitForTimeout(2500);
  await cutAndSee(page);
  await page.getByRole("link", { name: /^Sensors/ }).click();
  await page.getByRole("navigation", { name: "Filter" }).getByRole("link", { name: "Alarm" }).waitFor();
  assert.equal(await page.locator(".chip-count").count(), 0);
  world.proxy.mend();
  await page.locator(".chip-count").first().waitFor({ timeout: 10000 });
  forgiveCut(page);
});
