// Before and after of a spec file: one target and one browser, and for each test fresh pages that
// must end without a single error in the console.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { openPage, startBrowser } from "./browser.mjs";
import { startProxy } from "./proxy.mjs";
import { startTarget } from "./target.mjs";

export function setUp(options = {}) {
  const world = { target: null, proxy: null, pages: [] };
  let chromium;
  before(async () => {
    world.target = await startTarget(options);
    if (options.proxied === true) world.proxy = await startProxy(world.target.url);
    chromium = await startBrowser();
  });
  afterEach(async () => {
    const pages = world.pages.splice(0);
    for (const page of pages) await page.context().close();
    for (const page of pages) assert.deepEqual(page.faults, [], "errors in the console");
  });
  after(async () => {
    await chromium?.close();
    await world.proxy?.close();
    await world.target?.close();
  });
  world.open = async (path, view = {}) => {
    const page = await openPage(chromium.browser, view.base ?? world.target.url, view);
    world.pages.push(page);
    await page.goto(path);
    await page.locator("h1").waitFor({ state: "attached" });
    return page;
  };
  return world;
}

/** A cut line makes the browser itself complain in the console; that is the test's doing. */
export function forgiveCut(page) {
  page.faults = page.faults.filter((fault) => !/WebSocket|ERR_|Failed to load resource/.test(fault));
}
