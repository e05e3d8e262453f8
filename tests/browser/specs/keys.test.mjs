// Without a mouse: keys alone, and a scanner that types.
import assert from "node:assert/strict";
import { test } from "node:test";

import { scan } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { makeOrder, makeProduct } from "../lib/target.mjs";

const world = setUp();

test("from anywhere to a product and its stock by keys alone", async () => {
  const { sku, name } = await makeProduct(world.target, { stock: 5 });
  const page = await world.open("/");
  await page.keyboard.press("/");
  await page.waitForURL("**/stock");
  await page.locator("input[data-search]:focus").waitFor();
  await page.keyboard.type(sku, { delay: 60 });
  await page.locator(".row", { hasText: sku }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.locator(".row:focus").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 2, name }).waitFor();
  await page.getByLabel("Quantity").focus();
  await page.keyboard.type("3", { delay: 60 });
  await page.keyboard.press("Enter");
  await page.getByText(`Received 3 of ${name}.`).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".detail").waitFor({ state: "detached" });
});

test("Tab reaches every action of an order, with a visible focus", async () => {
  const { order } = await makeOrder(world.target);
  const page = await world.open(`/orders?order=${order}`);
  await page.getByRole("button", { name: "Accept" }).waitFor();
  const reached = new Set();
  for (let turn = 0; turn < 60; turn++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const each = document.activeElement;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
      const field = each.closest(".search");
      const marked = (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1)
        || boxShadow !== "none" || (field !== null && getComputedStyle(field).boxShadow !== "none");
      return { text: each.textContent.trim(), tag: each.tagName, marked };
    });
    if (focus.tag === "BODY") break;
    assert.ok(focus.marked, `no visible focus on ${focus.tag} ${focus.text}`);
    reached.add(focus.text);
  }
  for (const word of ["Skip to the content", "Accept", "Cancel order"])
    assert.ok(reached.has(word), `${word} is not reached by Tab`);
});

test("arrow keys walk through a list in which Tab is one stop", async () => {
  await makeOrder(world.target, { dueInMinutes: -9000 });
  await makeOrder(world.target, { dueInMinutes: -9001 });
  const page = await world.open("/orders");
  await page.locator(".row").nth(1).waitFor();
  assert.equal(await page.locator(".row[tabindex='0']").count(), 1);
  await page.locator(".row[tabindex='0']").focus();
  await page.keyboard.press("ArrowDown");
  await page.locator(".row[data-position='1']:focus").waitFor();
  await page.keyboard.press("Home");
  await page.locator(".row[data-position='0']:focus").waitFor();
});

test("a scan of a product's barcode opens it from any page", async () => {
  const { barcode, name } = await makeProduct(world.target);
  const page = await world.open("/settings");
  await scan(page, barcode);
  await page.getByRole("heading", { level: 2, name }).waitFor();
});

test("a scan of an order opens it, also while typing in a field", async () => {
  const { order, customer } = await makeOrder(world.target);
  const page = await world.open("/stock?q=oat");
  const field = page.locator("input[data-search]");
  await field.focus();
  await scan(page, order);
  await page.getByRole("heading", { level: 2, name: customer }).waitFor();
});

test("inside a form the scan belongs to the form", async () => {
  const { barcode, sku } = await makeProduct(world.target);
  const page = await world.open(`/stock?product=${sku}`);
  await page.getByLabel("Quantity").waitFor();
  await scan(page, barcode);
  await scan(page, barcode);
  await page.getByRole("button", { name: "Receive 2" }).waitFor();
});

test("an unknown code says so and offers what to do next", async () => {
  const page = await world.open("/");
  await scan(page, "9999999999994");
  await page.getByText("Nothing here has this code").waitFor();
  await page.getByRole("link", { name: "Search the stock" }).click();
  await page.waitForURL("**/stock?q=9999999999994");
});

test("a code can be typed by hand", async () => {
  const { barcode, name } = await makeProduct(world.target);
  const page = await world.open("/scan");
  await page.getByLabel("Code").pressSequentially(barcode, { delay: 60 });
  await page.getByRole("button", { name: "Look up" }).click();
  await page.getByRole("heading", { level: 2, name }).waitFor();
});
