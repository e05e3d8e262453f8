// HQ link: what comparing the store with HQ came to, and asking for it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { setUp } from "../lib/setup.mjs";

const world = setUp();

test("comparisons stand there view by view, and one can be asked for", async () => {
  const page = await world.open("/link");
  const table = page.locator(".block", { hasText: "Compared with HQ" });
  for (const view of ["Stock", "Orders", "Prices", "Catalogue"])
    await table.getByRole("rowheader", { name: view, exact: true }).waitFor();
  await page.getByRole("button", { name: "Compare now" }).click();
  await page.getByText("The comparison begins as soon as HQ has everything").first().waitFor();
  const { rows: [link] } = await world.target.call("subscribe", { noun: "link" });
  assert.equal(Object.keys(link.comparisons).length, 4);
  for (const each of Object.values(link.comparisons))
    assert.ok(each.waits || each.outcome !== undefined);
});

test("what HQ refuses can be sent again or given up", async () => {
  const page = await world.open("/link");
  const list = page.getByRole("list", { name: "Refused by HQ" });
  const { rows } = await world.target.call("quarantine.list", {});
  // A whole store's HQ refuses nothing here: then the page does not speak of it.
  if (rows.length === 0) {
    await page.getByRole("button", { name: "Compare now" }).waitFor();
    assert.equal(await list.count(), 0);
    return;
  }
  const [sale, moved] = rows.map((row) => (
    list.getByRole("listitem").filter({ hasText: row.type })));
  await sale.getByText(`${rows[0].message} (${rows[0].code})`).waitFor();
  await sale.getByRole("button", { name: "Send again" }).click();
  await sale.getByText("On its way again").waitFor();
  assert.equal(await sale.getByRole("button").count(), 0);
  await moved.getByLabel("Why").fill("booked by hand");
  await moved.getByRole("button", { name: "Give up" }).click();
  await page.getByText("HQ goes without it").first().waitFor();
  await moved.waitFor({ state: "detached" });
});

test("how far HQ's clock is from the store's is said", async () => {
  const page = await world.open("/link");
  await page.getByText("HQ’s clock").waitFor();
  await page.getByText("as the store’s").waitFor();
});
