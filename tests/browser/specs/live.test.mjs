// What happens in the store is on the page within a second, without a reload.
import assert from "node:assert/strict";
import { test } from "node:test";

import { setUp } from "../lib/setup.mjs";
import { makeOrder, makeProduct } from "../lib/target.mjs";

const SECOND_MS = 1000;
const world = setUp();

test("a new order appears within a second", async () => {
  const page = await world.open("/orders");
  await page.locator(".patience").waitFor({ state: "detached" });
  // Late by a day, so that it stands first even in a store full of orders.
  const { customer } = await makeOrder(world.target, { dueInMinutes: -1440 });
  await page.getByText(customer).first().waitFor({ timeout: SECOND_MS });
});

test("an order changes in place, and the count of its filter with it", async () => {
  const { order } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`);
  await page.getByRole("button", { name: "Accept" }).waitFor();
  await world.target.command("order.accept", { order });
  await page.getByRole("button", { name: "Pick", exact: true }).waitFor({ timeout: SECOND_MS });
});

test("a sale changes the stock on the open page within a second", async () => {
  const { sku } = await makeProduct(world.target, { stock: 10 });
  const page = await world.open(`/stock?product=${sku}`);
  const onHand = page.locator(".stock-sum-main dd");
  await onHand.getByText("10", { exact: true }).waitFor();
  await world.target.command("stock.move", { sku, kind: "adjust", quantity: -3, reason: "test" });
  await onHand.getByText("7", { exact: true }).waitFor({ timeout: SECOND_MS });
  await page.locator(".movement").first().getByText("Adjusted").waitFor();
});

test("a list does not move under the pointer", async () => {
  const first = await makeOrder(world.target, { dueInMinutes: -30000 });
  const page = await world.open("/orders");
  const row = page.locator(".row", { hasText: first.customer });
  await row.hover();
  const before = await row.boundingBox();
  const position = await row.getAttribute("data-position");
  const second = await makeOrder(world.target, { dueInMinutes: -40000 });
  const show = page.getByRole("button", { name: /new, show/ });
  await show.waitFor({ timeout: SECOND_MS });
  const words = await show.innerText();
  assert.match(words, /^1 new, show$/);
  const after = await row.boundingBox();
  assert.equal(await row.getAttribute("data-position"), position);
  assert.ok(Math.abs(after.y - before.y) < 1, "the row has moved");
  await show.click();
  await page.locator(".row", { hasText: second.customer }).waitFor();
});

test("the numbers of the rail follow the store", async () => {
  const page = await world.open("/orders");
  const badge = page.getByRole("link", { name: /^Orders/ }).locator(".badge");
  const before = await badge.count() > 0 ? parseInt(await badge.innerText(), 10) : 0;
  await makeOrder(world.target, { dueInMinutes: -500 });
  await page.waitForFunction((old) => {
    const text = document.querySelector(".place-orders .badge")?.textContent ?? "0";
    return parseInt(text, 10) > old;
  }, before, { timeout: 3000 });
});
