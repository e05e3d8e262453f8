// Labels: bound, changed and unbound by forms; twenty thousand of them in a list.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { setUp } from "../lib/setup.mjs";
import { makeProduct } from "../lib/target.mjs";

const world = setUp();

function newLabelId() {
  return randomBytes(8).toString("hex").toUpperCase();
}

test("a label is bound to a product and unbound again", async () => {
  const { sku, name } = await makeProduct(world.target);
  const label = newLabelId();
  const page = await world.open("/labels");
  await page.getByRole("button", { name: "Bind a label" }).click();
  await page.getByLabel("Label", { exact: true }).fill(label.toLowerCase());
  await page.getByRole("combobox", { name: "Product" }).fill(sku);
  await page.getByRole("option", { name }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Bind", exact: true }).click();
  await page.getByText(`${label} now belongs to ${name}.`).waitFor();
  await page.goto(`/labels?label=${label}`);
  await page.getByRole("heading", { level: 2, name }).waitFor();
  await page.getByRole("button", { name: "Unbind" }).click();
  await page.getByText(`The label no longer follows ${name} and turns white.`).waitFor();
  await page.locator(".button-danger").click();
  await page.getByText(`${label} is unbound.`).waitFor();
  await page.locator(".detail-state").getByText("Not bound").waitFor();
  // A picture that is not there yet is a 404, which the browser writes into its console.
  page.faults = page.faults.filter((fault) => !/404|503/.test(fault));
});

test("a label's number that is none is said at once", async () => {
  const page = await world.open("/labels");
  await page.getByRole("button", { name: "Bind a label" }).click();
  await page.getByLabel("Label", { exact: true }).fill("12 XYZ");
  await page.getByText("12 or 16 signs, 0–9 and A–F").waitFor();
});

test("the picture is shown in its own size, and what is known of it in words", async (t) => {
  const answer = await fetch(`${world.target.url}/api/v1/labels?state=clean&limit=1`);
  const { rows } = await answer.json();
  const label = rows.find((row) => row.state === "clean");
  if (label === undefined) {
    t.diagnostic("this node has no label that shows its picture; nothing to look at");
    return;
  }
  const page = await world.open(`/labels?label=${label.key}`);
  const picture = page.locator(".picture img");
  await picture.waitFor();
  await page.waitForFunction(() => document.querySelector(".picture img")?.naturalWidth > 0);
  const size = await picture.evaluate((each) => [each.naturalWidth, each.naturalHeight]);
  assert.deepEqual(size, [label.w, label.h]);
  await page.getByText("The label reported that it shows this.").waitFor();
});
