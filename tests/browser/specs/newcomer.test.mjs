// Somebody who never saw the page places an order, picks it, hands it over and takes something
// back, by the words on the page alone.
import assert from "node:assert/strict";
import { test } from "node:test";

import { WIDTHS } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { makeProduct } from "../lib/target.mjs";

const world = setUp({ real: true });

async function typeCode(page, code) {
  const field = page.getByLabel("Scan or type the code of what you take");
  await field.fill(code);
  await field.press("Enter");
}

/** Presses the button once it rests no more from the step before. */
async function press(page, name) {
  await page.locator(`button:not([aria-disabled=true]):has-text("${name}")`).first().click();
}

for (const [width, size] of Object.entries({ desk: WIDTHS.desk, phone: WIDTHS.phone }))
  test(`an order from the first word to the refund, at ${width} width`, async () => {
    const product = await makeProduct(world.target, { stock: 10 });
    const page = await world.open("/", { size });
    await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: /^Orders/ }).click();
    await page.getByRole("link", { name: "New order" }).click();

    // What, how many, for whom.
    await page.getByRole("combobox", { name: "Product" }).fill(product.sku);
    await page.getByRole("option", { name: new RegExp(product.sku) }).click();
    await page.getByLabel(`Quantity of ${product.name}`).fill("2");
    await page.getByLabel("For whom").fill(`Maria ${product.sku}`);
    await press(page, "Place the order");
    await page.getByText("It is shown only now.").waitFor();
    const code = await page.locator(".placed-code").getAttribute("data-code");
    assert.match(code, /^\d{6}$/);
    await page.getByRole("link", { name: "Go to the order" }).click();

    // Accepted, then picked by the codes of what is taken.
    await press(page, "Accept");
    await page.getByText("Scan or type the code of what you take").waitFor();
    await typeCode(page, product.barcode);
    await page.getByText("1 picked").waitFor();
    await typeCode(page, product.barcode);
    await press(page, "Ready");

    // Only the customer knows the code.
    await page.getByLabel("Pick-up code").fill(code === "111111" ? "222222" : "111111");
    await press(page, "Hand over 2 items");
    await page.getByRole("alert").getByText("The code is not right.").waitFor();
    await page.getByLabel("Pick-up code").fill(code);
    await press(page, "Hand over 2 items");
    await page.locator(".detail-state").getByText("Handed over").waitFor();

    // One of the two comes back.
    await page.locator(".detail").getByRole("link", { name: "Bring back" }).click();
    await page.getByLabel(`Quantity of ${product.name}`).fill("1");
    await page.getByLabel("Why").fill("The customer does not like it");
    await press(page, "Bring it back");
    await press(page, "Take back 1 item");
    await page.locator(".detail-state").getByText("Taken back").waitFor();
    await press(page, "Looked at");
    await page.locator(".detail-state").getByText("Looked at").waitFor();
    await press(page, "Refund is due");
    await page.locator(".detail-state").getByText("Refund due").waitFor();
    const row = await world.target.call("product.get", { sku: product.sku });
    const now = row.rows?.[0] ?? row;
    assert.deepEqual([now.on_hand, now.reserved, now.buckets.shelf, now.buckets.returned], [9, 0, 9, 0]);
  });

test("the code is not in the address, nor anywhere on the page once it was left", async () => {
  const product = await makeProduct(world.target, { stock: 10 });
  const page = await world.open("/orders/new");
  await page.getByRole("combobox", { name: "Product" }).fill(product.sku);
  await page.getByRole("option", { name: new RegExp(product.sku) }).click();
  await page.getByLabel("For whom").fill("Ana");
  await press(page, "Place the order");
  const code = await page.locator(".placed-code").getAttribute("data-code");
  await page.getByRole("link", { name: "Go to the order" }).click();
  await page.getByRole("button", { name: "Accept" }).waitFor();
  assert.ok(!page.url().includes(code));
  assert.ok(!(await page.content()).includes(code));
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).includes(code));
});
