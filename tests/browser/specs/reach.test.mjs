// Who can open the page: said where an installer looks. The mock alone, since no test opens a real
// node to a network.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openPage, startBrowser } from "../lib/browser.mjs";
import { startMock } from "../mock/server.mjs";

let chromium;
before(async () => {
  chromium = await startBrowser();
});
after(async () => {
  await chromium.close();
});

async function saysWhenOpen(open, sentence) {
  const mock = await startMock({ open });
  try {
    const page = await openPage(chromium.browser, mock.url);
    await page.goto("/settings");
    await page.getByText(sentence).waitFor();
    assert.deepEqual(page.faults, []);
  } finally {
    await mock.close();
  }
}

test("a page that only this machine can open says so", () =>
  saysWhenOpen(false, "Only this machine can open this page."));

test("a page that the network can open without a log-in says so", () =>
  saysWhenOpen(true, "Anybody in the network can open this page."));
