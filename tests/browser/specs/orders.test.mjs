// An order from new to handed over, by the buttons people use.
import assert from "node:assert/strict";
import { test } from "node:test";

import { WIDTHS } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { makeOrder, makeProduct } from "../lib/target.mjs";

const world = setUp();

async function pick(page, code, times = 1) {
  for (let turn = 0; turn < times; turn++) {
    const field = page.getByLabel("Scan or type the code of what you take");
    await field.fill(code);
    await field.press("Enter");
  }
}

test("accept, pick by its code, make ready, hand over", async () => {
  const { order, customer, product } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`);
  const step = async (verb, outcome) => {
    await page.locator(`.detail-foot button[aria-disabled=false]:has-text("${verb}")`).first().click();
    await page.getByText(outcome).waitFor();
  };
  await step("Accept", `Accepted the order of ${customer}.`);
  await pick(page, product.barcode, 2);
  await page.locator(".detail-state").getByText("Picked").waitFor();
  await step("Ready", `The order of ${customer} is ready.`);
  await step("Hand over 2 items", `Handed over 2 items to ${customer}.`);
  await page.locator(".detail-state").getByText("Handed over").waitFor();
  assert.equal(await page.locator(".detail-foot").count(), 0);
  await page.getByRole("link", { name: "Bring back" }).last().waitFor();
});

test("a double tap takes one step", async () => {
  const { order } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`);
  await page.getByRole("button", { name: "Accept" }).dblclick();
  await page.getByRole("button", { name: "Pick", exact: true }).waitFor();
  await page.waitForTimeout(900);
  const row = await world.target.call("order.get", { order });
  assert.equal((row.rows?.[0] ?? row).state, "accepted");
});

test("a wrong code is refused with what was expected", async () => {
  const { order, product } = await makeOrder(world.target);
  const other = await makeProduct(world.target);
  await world.target.command("order.accept", { order });
  const page = await world.open(`/orders?order=${order}`);
  await pick(page, other.barcode);
  const refusal = page.getByRole("alert");
  await refusal.getByText("another product than was expected").waitFor();
  await refusal.getByText(new RegExp(product.sku)).waitFor();
});

test("what is missing is told with a reason, and the rest goes on", async () => {
  const { order, product } = await makeOrder(world.target);
  await world.target.command("order.accept", { order });
  const page = await world.open(`/orders?order=${order}`);
  await pick(page, product.barcode);
  await page.getByText("1 picked").waitFor();
  await page.getByRole("button", { name: "Missing" }).click();
  await page.getByLabel("Reason").fill("Damaged");
  await page.locator(".pick-panel").getByRole("button", { name: "Missing" }).click();
  await page.getByText("Somebody will count it.").waitFor();
  await page.locator(".detail-state").getByText("Picked").waitFor();
  await page.locator(".order-line").getByText("1 missing").waitFor();
});

test("cancelling says what it means and asks for the reason", async () => {
  const { order, customer } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`);
  await page.getByRole("button", { name: "Cancel order" }).click();
  await page.getByText("The customer is told").waitFor();
  await page.getByRole("button", { name: "Keep the order" }).click();
  await page.getByRole("button", { name: "Cancel order" }).click();
  await page.getByLabel("Reason").fill("The customer asked");
  await page.locator(".detail-foot .button-danger").click();
  await page.getByText(`Cancelled the order of ${customer}.`).waitFor();
  await page.locator(".detail-state").getByText("Cancelled").waitFor();
  await page.locator(".note", { hasText: "The customer asked" }).waitFor();
});

test("a refusal says why and what is allowed", async () => {
  const { order } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`);
  const accept = page.getByRole("button", { name: "Accept" });
  await accept.waitFor();
  // Somebody else takes the step in the very moment of the tap, before the page can know.
  await page.evaluate(() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function later(text) {
      if (text.includes("order.accept")) setTimeout(() => send.call(this, text), 300);
      else send.call(this, text);
    };
  });
  await accept.evaluate((button) => button.click());
  await world.target.command("order.accept", { order });
  await page.getByRole("alert").getByText(/Somebody changed it|not possible from here/).waitFor();
});

test("filters live in the address, and late orders stand first", async () => {
  const { customer } = await makeOrder(world.target, { dueInMinutes: -6000 });
  const page = await world.open("/orders");
  await page.locator(".row", { hasText: customer }).waitFor();
  const filters = page.getByRole("navigation", { name: "Filter" });
  await filters.getByRole("link", { name: /^Late/ }).click();
  await page.waitForURL("**/orders?state=late");
  assert.match(await page.locator(".row").first().innerText(), /late/);
  await page.reload();
  assert.match(await filters.locator("[aria-current]").innerText(), /^Late/);
  await page.goBack();
  assert.match(await filters.locator("[aria-current]").innerText(), /^Open/);
});

test("on a phone the order is a page of its own, and Back finds the list", async () => {
  const { customer } = await makeOrder(world.target, { dueInMinutes: -7000 });
  const page = await world.open("/orders", { size: WIDTHS.phone, touch: true });
  await page.locator(".row", { hasText: customer }).tap();
  await page.getByRole("heading", { level: 2, name: customer }).waitFor();
  await page.getByRole("button", { name: "Back", exact: true }).tap();
  await page.locator(".row", { hasText: customer }).waitFor();
  assert.equal(new URL(page.url()).search, "");
});

test("on a phone what happened covers neither the way back nor the next step", async () => {
  const { order, customer, product } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`, { size: WIDTHS.phone, touch: true });
  await page.locator('.detail-foot button[aria-disabled=false]:has-text("Accept")').tap();
  await page.getByText(`Accepted the order of ${customer}.`).waitFor();
  await pick(page, product.barcode, 2);
  await page.locator(".detail-foot").getByRole("button", { name: "Ready" }).waitFor();
  // One at a time, and everything to tap beside it.
  assert.equal(await page.locator(".told:visible").count(), 1);
  await page.locator(".detail-foot").getByRole("button", { name: "Ready" }).tap({ timeout: 2000 });
  await page.getByRole("button", { name: "Back", exact: true }).tap({ timeout: 2000 });
  await page.locator(".detail").waitFor({ state: "detached" });
});
