// The page comes in parts: little at first, the rest behind it, and none of that is ever seen.
import assert from "node:assert/strict";
import { test } from "node:test";

import { forgiveCut, setUp } from "../lib/setup.mjs";

const FIRST_BYTES_MAX = 100 * 1000;
const world = setUp({ proxied: true });

/** Until the places that were not looked at are here too. */
async function restLoaded(page) {
  await page.waitForFunction(() => {
    const asked = performance.getEntriesByType("resource").filter((each) => each.name.includes("/part-"));
    const last = Math.max(0, ...asked.map((each) => each.responseEnd));
    return performance.now() > 3000 && performance.now() - last > 1000;
  }, undefined, { timeout: 15000 });
}

test("the first load is far below a hundred kilobytes", async (t) => {
  const page = await world.open("/");
  const bytes = await page.evaluate(() => {
    const asked = performance.getEntriesByType("resource").filter((each) => !each.name.includes("/api/"));
    const own = performance.getEntriesByType("navigation")[0].encodedBodySize;
    return asked.reduce((sum, each) => sum + each.encodedBodySize, own);
  });
  t.diagnostic(`first load: ${bytes} bytes`);
  assert.ok(bytes > 10000 && bytes < FIRST_BYTES_MAX, `${bytes} bytes`);
});

test("every place can be gone to after the line was cut", async () => {
  const page = await world.open("/", { base: world.proxy.url });
  await restLoaded(page);
  world.proxy.cut();
  await page.getByText("Node away.").waitFor();
  for (const place of ["Labels", "Sensors", "Settings", "Orders", "Today"]) {
    await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: place }).click();
    await page.getByRole("heading", { level: 1, name: place }).waitFor({ timeout: 1000 });
    assert.equal(await page.getByText("not here yet").count(), 0);
  }
  world.proxy.mend();
  forgiveCut(page);
});

test("a place that could not be fetched comes by itself when the node is back", async () => {
  const page = await world.open("/", { base: world.proxy.url });
  world.proxy.cut();
  await page.getByRole("link", { name: "Labels" }).first().click();
  await page.getByText("This page is not here yet").waitFor();
  world.proxy.mend();
  await page.getByRole("heading", { level: 1, name: "Labels" }).waitFor({ timeout: 10000 });
  await page.getByText("This page is not here yet").waitFor({ state: "detached", timeout: 10000 });
  forgiveCut(page);
});

test("a part on its way shows the page before, not a spinner", async () => {
  const page = await world.open("/");
  await page.evaluate(() => {
    window.flashes = [];
    new MutationObserver(() => {
      const main = document.querySelector("main");
      if (main.querySelector(".patience") !== null) window.flashes.push("patience");
      if (main.querySelector("h1") === null) window.flashes.push("empty");
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.route("**/part-*.js", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 120));
    await route.continue();
  });
  await page.getByRole("link", { name: "Settings" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.flashes), []);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
