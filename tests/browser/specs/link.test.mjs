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
