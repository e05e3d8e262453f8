// Every language the page speaks: it is chosen, kept, read in its own direction, and it fits.
import assert from "node:assert/strict";
import { test } from "node:test";

import { WIDTHS } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { makeOrder } from "../lib/target.mjs";

const world = setUp();
const LANGUAGES = {
  bg: "Днес", el: "Σήμερα", en: "Today", fa: "امروز", it: "Oggi", ru: "Сегодня",
};

async function choose(page, tag) {
  await page.evaluate((each) => localStorage.setItem("backroom.language", each), tag);
}

function stickingOut() {
  const places = [document.documentElement, ...document.querySelectorAll(".pane, .detail-scroll")];
  return places.filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => `${each.className || each.tagName}: ${each.scrollWidth} > ${each.clientWidth}`);
}

for (const [tag, today] of Object.entries(LANGUAGES)) {
  test(`the page speaks ${tag} and fits`, async () => {
    const { order, product } = await makeOrder(world.target);
    for (const size of [WIDTHS.desk, WIDTHS.phone]) {
      const page = await world.open("/", { size });
      await choose(page, tag);
      for (const path of [
        "/", "/orders", `/orders?order=${order}`, `/stock?product=${product.sku}`, "/labels",
        "/sensors", "/link", "/settings", "/scan?unknown=1234", "/more", "/tasks", "/orders/new",
        "/returns", "/picking?list=L-100", "/deliveries?delivery=D-100", "/counts?count=C-101",
        "/transfers?transfer=T-100", "/tills", "/prices",
      ]) {
        await page.goto(path);
        await page.locator(".place").first().waitFor();
        await page.waitForTimeout(150);
        assert.deepEqual(await page.evaluate(stickingOut), [], `${path} in ${tag} sticks out`);
      }
      await page.goto("/");
      await page.getByRole("heading", { level: 1, name: today }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), tag);
    }
  });
}

test("the language is chosen in the settings and kept", async () => {
  const page = await world.open("/settings");
  await page.getByLabel("Language").selectOption("fa");
  await page.getByRole("heading", { level: 1, name: "تنظیمات" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dir), "rtl");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "تنظیمات" }).waitFor();
  const rail = await page.locator(".rail").boundingBox();
  assert.ok(rail.x > 640, "the rail stands at the side where reading begins");
});
