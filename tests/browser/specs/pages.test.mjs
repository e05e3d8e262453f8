// Every place, at every width: it draws, it fits, it complains about nothing.
import assert from "node:assert/strict";
import { test } from "node:test";

import { WIDTHS } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { makeOrder } from "../lib/target.mjs";

const PLACES = {
  "/": "Today", "/tasks": "Tasks", "/orders": "Orders", "/orders/new": "New order",
  "/picking": "Pick lists", "/returns": "Bring back", "/stock": "Stock",
  "/deliveries": "Deliveries", "/counts": "Counts", "/transfers": "Transfers", "/tills": "Tills",
  "/prices": "Prices to come",
  "/labels": "Labels",
  "/sensors": "Sensors", "/link": "HQ link", "/settings": "Settings", "/scan": "Scan",
  "/more": "More", "/labels?state=failed": "Labels", "/scan?unknown=4006381333931": "Scan",
};

const world = setUp();

/** What sticks out of the page or of one of its panes to the side. */
function stickingOut() {
  const places = [document.documentElement, ...document.querySelectorAll(".pane, .detail-scroll")];
  return places.filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => `${each.className || each.tagName}: ${each.scrollWidth} > ${each.clientWidth}`);
}

/** What is to be touched and is smaller than a finger. Links inside of a text may be small. */
function tooSmall() {
  const small = [];
  for (const each of document.querySelectorAll("a, button, select, input:not([type='radio'])")) {
    const box = each.getBoundingClientRect();
    const seen = box.width > 0 && getComputedStyle(each).visibility !== "hidden"
      && !each.classList.contains("skip");
    if (!seen || each.closest("dd, p, small, .order-line, .search, .check") !== null) continue;
    if (box.height < 43.5 || box.width < 43.5)
      small.push(`${each.className || each.tagName} ${Math.round(box.width)}×${Math.round(box.height)}`);
  }
  return small;
}

for (const [width, size] of Object.entries(WIDTHS)) {
  test(`every place fits at ${width} width`, async () => {
    const page = await world.open("/", { size });
    for (const [path, title] of Object.entries(PLACES)) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.locator(".patience").waitFor({ state: "detached" });
      assert.deepEqual(await page.evaluate(stickingOut), [], `${path} sticks out`);
      assert.equal(await page.getByRole("main").count(), 1);
      assert.equal(await page.getByRole("navigation", { name: "Places" }).count(), 1);
    }
  });
}

test("an open order fits at every width", async () => {
  const { order } = await makeOrder(world.target);
  for (const size of Object.values(WIDTHS)) {
    const page = await world.open(`/orders?order=${order}`, { size });
    await page.getByRole("button", { name: "Accept" }).waitFor();
    assert.deepEqual(await page.evaluate(stickingOut), []);
  }
});

test("everything to touch is at least 44 pixels", async () => {
  const { order, product } = await makeOrder(world.target);
  const page = await world.open("/", { size: WIDTHS.phone, touch: true });
  const opened = [`/orders?order=${order}`, `/stock?product=${product.sku}`, "/stock?q=test"];
  for (const path of [...Object.keys(PLACES), ...opened]) {
    await page.goto(path);
    await page.locator("h1").waitFor({ state: "attached" });
    await page.waitForTimeout(200);
    assert.deepEqual(await page.evaluate(tooSmall), [], path);
  }
});

test("Today answers in one sentence", async () => {
  const page = await world.open("/");
  const sentence = await page.locator(".answer-sentence").innerText();
  assert.match(sentence, /all right|wants? a look|needs? somebody|not known/);
  await page.getByText(/^(All right|Attention|Problem|Unknown) · since/).waitFor();
});

test("an address that leads nowhere says so", async (t) => {
  const page = await world.open("/");
  await page.evaluate(() => {
    history.pushState(null, "", "/nowhere");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await page.getByText("This address leads nowhere.").waitFor();
  t.diagnostic("reached by the app's own routing");
});

test("the page is ready for the eye within a second", async () => {
  const page = await world.open("/");
  // The browser may note its first paint a moment after the page's own script has run.
  const entry = await page.waitForFunction(() =>
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  const paint = await entry.jsonValue();
  assert.ok(paint > 0 && paint < 1000, `first paint after ${paint} ms`);
});

test("nothing is asked from outside the node", async () => {
  const page = await world.open("/");
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  for (const path of Object.keys(PLACES)) await page.goto(path);
  assert.deepEqual([...new Set(asked)], [new URL(world.target.url).origin]);
});
