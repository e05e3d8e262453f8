// Every text stands out from what it stands on, by day and by night: at least 4.5 to 1.
import assert from "node:assert/strict";
import { test } from "node:test";

import { WIDTHS } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { makeOrder } from "../lib/target.mjs";

const world = setUp();

/** Runs in the page: the texts whose contrast is too low, with the colours that were measured. */
function tooFaint(ratioMin) {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3)
    .map((part, index) => part * top[3] + under[index] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = read(getComputedStyle(each).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (node.data.trim() === "" || box.width < 2 || style.visibility === "hidden") continue;
    if (element.closest("noscript, .skip, .seen-by-readers, option") !== null) continue;
    const under = ground(element);
    const text = over(read(style.color), under);
    const [bright, dark] = [light(text), light(under)].sort((a, b) => b - a);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < ratioMin)
      found.push(`"${node.data.trim().slice(0, 30)}" ${ratio.toFixed(2)} ${style.color} on ${under}`);
  }
  return found;
}

for (const scheme of ["light", "dark"]) {
  test(`text stands out on every place in ${scheme}`, async () => {
    const { order, product } = await makeOrder(world.target, { dueInMinutes: -60 });
    const labels = await world.target.call("subscribe", { noun: "label" });
    const label = labels.rows[0]?.key ?? "";
    const places = [
      "/", "/orders", `/orders?order=${order}`, "/stock?q=a", `/stock?product=${product.sku}`,
      "/labels", `/labels?label=${label}`, "/sensors", "/sensors?state=alarm", "/link",
      "/settings", "/scan?unknown=123456", "/more", "/tasks", "/orders/new", "/returns",
      "/picking?list=L-100", "/deliveries?delivery=D-100", "/counts?count=C-101",
      "/transfers?transfer=T-100", "/tills", "/prices",
    ];
    const page = await world.open("/", { scheme });
    for (const path of places) {
      await page.goto(path);
      await page.locator("h1").waitFor({ state: "attached" });
      await page.waitForTimeout(400);
      assert.deepEqual(await page.evaluate(tooFaint, 4.5), [], `${path} in ${scheme}`);
    }
    page.faults = page.faults.filter((fault) => !/404/.test(fault));
  });
}

test("dark follows the system and really is dark", async () => {
  const page = await world.open("/", { scheme: "dark", size: WIDTHS.tablet });
  const [r, g, b] = await page.evaluate(() =>
    getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(r + g + b < 120);
});

test("every state has its word and its icon beside the colour", async () => {
  await makeOrder(world.target);
  const page = await world.open("/orders");
  await page.locator(".state").first().waitFor();
  const bare = await page.evaluate(() => [...document.querySelectorAll(".state")]
    .filter((each) => each.querySelector("svg") === null || each.textContent.trim() === "").length);
  assert.equal(bare, 0);
});
