// The clock on the settings page: which ones there are, and a person's word for the right one.
import assert from "node:assert/strict";
import { test } from "node:test";

import { setUp } from "../lib/setup.mjs";

const DAY_MS = 86400000;
const world = setUp();

function blockOf(page) {
  return page.locator(".block", { has: page.getByRole("heading", { name: "Clock", exact: true }) });
}

test("the clocks stand there, and nobody is asked about one that is right", async () => {
  const page = await world.open("/settings");
  const block = blockOf(page);
  for (const name of ["Node's time", "Goes by", "The node’s own clock"])
    await block.getByText(name, { exact: true }).first().waitFor();
  assert.equal(await block.getByRole("combobox").count(), 0);
});

test("a page that stays open learns that the node's time was put right", async () => {
  const { node } = world.target;
  if (node === null) return;
  const page = await world.open("/settings");
  await page.clock.install();
  await page.goto("/settings");
  await page.getByText("Agrees with the node").waitFor();
  node.aheadMs = 3.5 * DAY_MS;
  await page.clock.fastForward(61000);
  await page.getByText("3 days behind the node").waitFor();
  node.aheadMs = 0;
});

test("a clock that is doubted is vouched for where it stands", async () => {
  const { node } = world.target;
  // Only the mock's clock can be made wrong; tests/system does it with a whole daemon.
  if (node === null) return;
  node.doubt({ state: "behind", source: "kept", apart: -2 * DAY_MS });
  const page = await world.open("/");
  await page.getByRole("link", { name: /the time goes on from the last that was known/ }).click();
  const block = blockOf(page);
  await block.getByText("The last time that was known").waitFor();
  const vouch = block.getByRole("button", { name: "Vouch for it" });
  assert.equal(await vouch.getAttribute("aria-disabled"), "true");
  await block.getByLabel("Your name").fill("eva");
  await vouch.click();
  await page.getByText("The store goes by that time now.").first().waitFor();
  await block.getByText("What somebody vouched for").waitFor();
  // Set right meanwhile, the machine's own may be believed again.
  await block.getByRole("button", { name: "The time is wrong" }).click();
  await block.getByLabel("What is right?").selectOption("machine");
  await block.getByLabel("Your name").fill("eva");
  await vouch.click();
  await block.locator(".tone-ok, .state-ok").first().waitFor();
  assert.equal(node.clock.source, "machine");
});

test("another time is said to the minute, and a time server is right without anybody", async () => {
  const { node } = world.target;
  if (node === null) return;
  const page = await world.open("/settings");
  const block = blockOf(page);
  await block.getByRole("button", { name: "The time is wrong" }).click();
  // What the store goes by is no answer to that.
  assert.equal(await block.getByLabel("What is right?").count(), 0);
  const vouch = block.getByRole("button", { name: "Vouch for it" });
  await block.getByLabel("Your name").fill("eva");
  assert.equal(await vouch.getAttribute("aria-disabled"), "true");
  await block.getByLabel("It is now").fill("2026-03-05T08:30");
  await vouch.click();
  await page.getByText("The store goes by that time now.").first().waitFor();
  assert.equal(node.clock.source, "person");
  node.doubt({ state: "good", source: "server", apart: 0 });
  await block.getByText("kept by a time server").waitFor();
  assert.equal(await block.getByRole("button").count(), 0);
});
