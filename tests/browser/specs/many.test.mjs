// A big store: the list stays quick because only what is seen is drawn. The mock alone, since no
// test should bind 20,000 labels of a real store.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openPage, startBrowser } from "../lib/browser.mjs";
import { startMock } from "../mock/server.mjs";

const LABELS = 20000;
let mock;
let chromium;
before(async () => {
  mock = await startMock({ labels: LABELS, breath_ms: 60000 });
  chromium = await startBrowser();
});
after(async () => {
  await chromium.close();
  await mock.close();
});

test("20,000 labels: few rows are drawn, the end is reached, a filter is quick", async () => {
  const page = await openPage(chromium.browser, mock.url);
  page.setDefaultTimeout(20000);
  await page.goto("/labels");
  await page.getByRole("link", { name: "All 20,000" }).waitFor();
  await page.locator(".row").first().waitFor();
  assert.ok(await page.locator(".row").count() < 60);
  await page.locator(".pane").evaluate((pane) => {
    pane.scrollTop = pane.scrollHeight;
  });
  await page.locator(`.row[data-position="${LABELS - 1}"]`).waitFor();
  const started = Date.now();
  await page.goto("/labels?state=failed");
  await page.locator(".row").first().waitFor();
  assert.ok(Date.now() - started < 8000);
  assert.deepEqual(page.faults, []);
});
