// Finding a product and moving its stock.
import assert from "node:assert/strict";
import { test } from "node:test";

import { setUp } from "../lib/setup.mjs";
import { makeProduct } from "../lib/target.mjs";

const world = setUp();

test("search finds a product while typing, and its stock is adjusted and put back", async () => {
  const { sku, name } = await makeProduct(world.target, { stock: 12 });
  const page = await world.open("/stock");
  await page.getByRole("combobox").or(page.getByRole("searchbox")).first()
    .pressSequentially(sku, { delay: 60 });
  await page.locator(".row", { hasText: sku }).click();
  await page.getByRole("heading", { level: 2, name }).waitFor();
  await page.getByRole("radio", { name: "Adjust" }).check();
  await page.getByLabel("Quantity").fill("-2");
  await page.getByText("Shelf: 12 → 10").waitFor();
  await page.getByLabel("Reason").fill("Missing");
  await page.getByRole("button", { name: "Adjust by -2" }).click();
  await page.getByText(`Adjusted ${name} by -2.`).waitFor();
  const onHand = page.locator(".stock-sum-main dd");
  await onHand.getByText("10", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone.").waitFor();
  await onHand.getByText("12", { exact: true }).waitFor();
});

test("receive, fill and count", async () => {
  const { sku, name } = await makeProduct(world.target, { stock: 0 });
  const page = await world.open(`/stock?product=${sku}`);
  const bucket = (word) => page.locator(".bucket", { hasText: word }).locator("dd");
  const ready = async (verb) => {
    await page.locator(`.stock-form button[aria-disabled=false]:has-text("${verb}")`).click();
  };
  await page.getByLabel("Quantity").fill("24");
  await ready("Receive 24");
  await page.getByText(`Received 24 of ${name}.`).waitFor();
  await page.getByRole("radio", { name: "Fill" }).check();
  await page.getByLabel("Quantity").fill("10");
  await ready("Fill the shelf with 10");
  await bucket("Shelf").getByText("10", { exact: true }).waitFor();
  await page.getByRole("radio", { name: "Count" }).check();
  await page.getByLabel("Counted").fill("9");
  await ready("Counted 9");
  await bucket("Shelf").getByText("9", { exact: true }).waitFor();
  await bucket("Back room").getByText("14", { exact: true }).waitFor();
});

test("what is no quantity is said before it is sent", async () => {
  const { sku } = await makeProduct(world.target);
  const page = await world.open(`/stock?product=${sku}`);
  await page.getByLabel("Quantity").fill("abc");
  await page.getByText("A number, with at most three places after the point").waitFor();
  const button = page.locator(".stock-form button[type=submit]");
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  await page.getByLabel("Quantity").fill("1,5");
  await page.getByRole("button", { name: "Receive 1.5" }).waitFor();
});

test("a search without a hit says what to try", async () => {
  const page = await world.open("/stock?q=zzzqqq");
  await page.getByText("No product matches “zzzqqq”").waitFor();
  await page.getByText("Try fewer letters").waitFor();
});

test("a product that is not there is said to be none, and is not remembered", async () => {
  const page = await world.open("/stock?product=NO-SUCH-THING");
  await page.getByText("There is no product NO-SUCH-THING").waitFor();
  await page.goto("/stock");
  await page.locator("h1").waitFor();
  assert.equal(await page.locator(".row", { hasText: "NO-SUCH-THING" }).count(), 0);
});
