// What associates do all day, on a node of its own: receive, count, send, pick by list, look at
// what must be done, set a price for now.
import assert from "node:assert/strict";
import { test } from "node:test";

import { scan, WIDTHS } from "../lib/browser.mjs";
import { setUp } from "../lib/setup.mjs";
import { freshId, makeOrder, makeProduct } from "../lib/target.mjs";

const world = setUp({ real: true });

async function press(page, name) {
  await page.locator(`button:not([aria-disabled=true]):has-text("${name}")`).first().click();
}

async function typeCode(page, label, code) {
  const field = page.getByLabel(label);
  await field.fill(code);
  await field.press("Enter");
}

async function stockOf(sku) {
  const row = await world.target.call("product.get", { sku });
  return row.rows?.[0] ?? row;
}

test("an announced delivery is received by scan, with what is broken and what is missing", async () => {
  const milk = await makeProduct(world.target, { stock: 0 });
  const eggs = await makeProduct(world.target, { stock: 0 });
  const delivery = freshId("D").toUpperCase();
  await world.target.command("delivery.announce", {
    delivery, sender: "Dairy of the hills",
    lines: [{ sku: milk.sku, quantity: 12 }, { sku: eggs.sku, quantity: 6 }],
  });
  const page = await world.open("/deliveries");
  await page.getByRole("link", { name: new RegExp(delivery) }).click();
  await page.getByLabel("How many at once").fill("5");
  await typeCode(page, "Scan or type what arrived", milk.barcode);
  await page.getByText("5 of 12 received").waitFor();
  await press(page, "Receive 7");
  await page.getByText("12 of 12 received").waitFor();
  const line = page.locator(".lines-list li", { hasText: eggs.sku });
  await line.getByRole("button", { name: "Damaged" }).click();
  await page.locator(".pick-panel").getByLabel("Quantity").fill("2");
  await page.locator(".pick-panel").getByRole("button", { name: "Damaged" }).click();
  await page.getByText("2 damaged").waitFor();
  await press(page, "No more comes");
  await page.getByText("Something is still missing").waitFor();
  await page.locator(".detail-foot .button-danger").click();
  await page.locator(".detail-state").getByText("Closed").waitFor();
  assert.equal((await stockOf(milk.sku)).buckets.backroom, 12);
  assert.deepEqual([(await stockOf(eggs.sku)).buckets.damaged, (await stockOf(eggs.sku)).on_hand], [2, 0]);
});

test("a scanner is faster than the ledger, and each case that it saw is received", async () => {
  const milk = await makeProduct(world.target);
  const eggs = await makeProduct(world.target);
  const before = [await stockOf(milk.sku), await stockOf(eggs.sku)].map((row) => row.on_hand);
  const delivery = freshId("D").toUpperCase();
  await world.target.command("delivery.announce", {
    delivery, lines: [{ sku: milk.sku, quantity: 12 }, { sku: eggs.sku, quantity: 6 }],
  });
  const page = await world.open(`/deliveries?delivery=${delivery}`);
  await page.getByLabel("Scan or type what arrived").waitFor();
  await scan(page, milk.barcode, eggs.barcode, milk.barcode);
  await page.getByText("2 of 12 received").waitFor();
  await page.getByText("1 of 6 received").waitFor();
  const after = [await stockOf(milk.sku), await stockOf(eggs.sku)].map((row) => row.on_hand);
  assert.deepEqual(after, [before[0] + 2, before[1] + 1]);
});

test("a delivery that is as announced is received at once", async () => {
  const milk = await makeProduct(world.target, { stock: 0 });
  const eggs = await makeProduct(world.target, { stock: 0 });
  const delivery = freshId("D").toUpperCase();
  await world.target.command("delivery.announce", {
    delivery, sender: "Dairy of the hills",
    lines: [{ sku: milk.sku, quantity: 12 }, { sku: eggs.sku, quantity: 6 }],
  });
  const page = await world.open(`/deliveries?delivery=${delivery}`);
  await press(page, "Receive all as announced");
  await page.getByText("6 of 6 received").waitFor();
  await press(page, "All is received");
  await page.locator(".detail-state").getByText("Closed").waitFor();
  assert.equal((await stockOf(milk.sku)).buckets.backroom, 12);
  assert.equal((await stockOf(eggs.sku)).buckets.backroom, 6);
});

test("what came without a word is received, too", async () => {
  const product = await makeProduct(world.target, { stock: 0 });
  const page = await world.open("/deliveries");
  await press(page, "Receive without an announcement");
  await page.getByRole("combobox", { name: "Product" }).fill(product.sku);
  await page.getByRole("option", { name: new RegExp(product.sku) }).click();
  await page.getByLabel(`Quantity of ${product.name}`).fill("8");
  await page.locator("form button:has-text('Receive')").click();
  await page.getByText("Received 1 product.").waitFor();
  assert.equal((await stockOf(product.sku)).buckets.backroom, 8);
});

test("a count is blind, then shows what differs, and is approved", async () => {
  const product = await makeProduct(world.target, { stock: 500 });
  const page = await world.open("/counts");
  await page.getByRole("combobox", { name: "Product" }).fill(product.sku);
  await page.getByRole("option", { name: new RegExp(product.sku) }).click();
  await press(page, "Begin a count");
  await page.getByLabel(/^How many of/).fill("300");
  await press(page, "Enter");
  await page.getByText(`Counted 300 of ${product.name}.`).waitFor();
  assert.equal(await page.locator(".detail").getByText("expected").count(), 0);
  assert.equal(await page.locator(".detail").getByText("500").count(), 0);
  await press(page, "Counting is done");
  await page.locator(".detail-state").getByText("To approve").waitFor();
  await page.getByText("expected 500").waitFor();
  await page.getByText("-200").waitFor();
  // Who approves says who they are, and only those may whom the store's policy names.
  await world.target.command("policy.set", { managers: ["Ana", "Bo"] });
  await page.reload();
  await page.getByText("Waits for a manager: Ana, Bo").waitFor();
  await page.getByLabel("Your name").fill("Kim");
  await press(page, "Approve");
  await page.getByText("Somebody else may do this.").waitFor();
  await page.getByText(/may not approve count .*, allowed is Ana, Bo/).waitFor();
  await page.getByLabel("Your name").fill("Bo");
  await press(page, "Approve");
  await page.locator(".detail-state").getByText("Approved").waitFor();
  await world.target.command("policy.set", { managers: [""] });
  assert.equal((await stockOf(product.sku)).buckets.shelf, 300);
});

test("goods go to another store, and what did not arrive is settled", async () => {
  const product = await makeProduct(world.target, { stock: 0 });
  await world.target.command("stock.move", { sku: product.sku, kind: "receive", quantity: 9 });
  const page = await world.open("/transfers");
  await page.getByRole("combobox", { name: "Product" }).fill(product.sku);
  await page.getByRole("option", { name: new RegExp(product.sku) }).click();
  await page.getByLabel(`Quantity of ${product.name}`).fill("4");
  await page.getByLabel("To which store").fill("0413");
  await press(page, "Send");
  await page.getByText("On the way to 0413.").waitFor();
  assert.equal((await stockOf(product.sku)).buckets.in_transit_out, 4);
  await page.getByRole("link", { name: /To 0413/ }).last().click();
  await page.locator(".detail-foot").getByLabel(product.name).fill("3");
  await press(page, "It arrived");
  await page.locator(".detail-state").getByText("Not all arrived").waitFor();
  await press(page, "Settle");
  await page.locator(".detail-state").getByText("Settled").waitFor();
  const now = await stockOf(product.sku);
  assert.deepEqual([now.buckets.in_transit_out, now.buckets.backroom], [0, 5]);
});

test("a pick list is made, walked by codes, handed on and gone when all is picked", async () => {
  const first = await makeOrder(world.target, { dueInMinutes: -9000, quantity: 1 });
  await world.target.command("order.accept", { order: first.order });
  const page = await world.open("/picking", { size: WIDTHS.phone, touch: true });
  await page.getByLabel("Your name").fill("Ana");
  await page.getByLabel("How many orders").selectOption("1");
  await press(page, "Make a pick list");
  await page.getByRole("heading", { level: 2, name: "Ana" }).waitFor();
  await page.getByText(first.product.name).waitFor();
  await press(page, "Hand the list over");
  await page.getByLabel("Who goes on?").fill("Ben");
  await press(page, "Hand the list over");
  await page.getByRole("heading", { level: 2, name: "Ben" }).waitFor();
  await typeCode(page, "Scan or type the code of what you take", first.product.barcode);
  await page.getByText("This list is finished").waitFor();
  const row = await world.target.call("order.get", { order: first.order });
  assert.equal((row.rows?.[0] ?? row).state, "picked");
});

test("a missing product is replaced as far as the customer allowed it", async () => {
  const wanted = await makeProduct(world.target);
  const other = await makeProduct(world.target);
  const order = freshId("W").toUpperCase();
  await world.target.command("order.offer", {
    order, channel: "web", method: "pickup", customer: `Guest ${order}`,
    lines: [{ line: "1", sku: wanted.sku, quantity: 1, price: 2.55, policy: "any" }],
  });
  await world.target.command("order.accept", { order });
  const page = await world.open(`/orders?order=${order}`);
  await press(page, "Replace");
  await typeCode(page, /takes the place of/, other.barcode);
  await page.locator(".pick-panel").getByRole("button", { name: "Replace" }).click();
  await page.getByText("In place of another product").waitFor();
  await page.locator(".detail-state").getByText("Picked").waitFor();
});

test("what must be done is a list, and each task leads to where it is done", async () => {
  const product = await makeProduct(world.target, { stock: 0 });
  await world.target.command("stock.move", {
    sku: product.sku, kind: "adjust", quantity: -3, reason: "gone",
  });
  const page = await world.open("/tasks");
  await page.getByRole("link", { name: new RegExp(`Count.*${product.name}`) }).click();
  await page.getByRole("heading", { level: 2, name: product.name }).waitFor();
  await page.getByLabel("Counted").fill("2");
  await press(page, "Counted 2");
  await page.getByText(`Shelf counted: 2 of ${product.name}.`).waitFor();
  await page.goto("/tasks");
  await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
  await page.locator(".patience").waitFor({ state: "detached" });
  await page.waitForTimeout(500);
  assert.equal(await page.getByText(product.name).count(), 0);
});

test("a task in words is done when somebody says so", async () => {
  const key = freshId("clean");
  await world.target.command("task.create", { kind: "other", key, reason: `Clean bay ${key}` });
  const page = await world.open("/tasks");
  const task = page.locator(".own-task", { hasText: key });
  await task.getByRole("button", { name: "Done" }).click();
  await page.getByText("The task is done.").waitFor();
  // It stays where it is as long as the pointer is on the list, but nothing can be done to it.
  await task.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
});

test("a price for now needs an end and a reason, and stands in the history", async () => {
  const product = await makeProduct(world.target);
  const page = await world.open(`/stock?product=${product.sku}`);
  await press(page, "Another price, for now");
  await page.getByLabel("Price", { exact: true }).fill("1.99");
  await page.getByLabel("Reason").last().fill("The label is wrong");
  await press(page, "Set the price");
  await page.locator(".price-now", { hasText: "£1.99" }).waitFor();
  await page.locator(".price").getByText("Price of this store").waitFor();
  await page.locator(".prices").getByText("The label is wrong").waitFor();
});

test("goods are moved, taken as damaged and undone", async () => {
  const product = await makeProduct(world.target, { stock: 10 });
  const page = await world.open(`/stock?product=${product.sku}`);
  const form = page.locator(".stock-form");
  await form.locator(".segment", { hasText: "Other" }).click();
  await form.getByLabel("What to do").last().selectOption("pull_back");
  await form.getByLabel("Quantity").fill("4");
  await press(page, "Pull back 4");
  await page.getByText(`Pulled back 4 of ${product.name}.`).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone.").waitFor();
  await form.getByLabel("What to do").last().selectOption("damage");
  await form.getByLabel("Quantity").fill("3");
  await form.getByLabel("Reason").fill("Broken");
  await press(page, "3 damaged");
  await page.getByText(`3 of ${product.name} are damaged.`).waitFor();
  const now = await stockOf(product.sku);
  assert.deepEqual([now.buckets.shelf, now.buckets.backroom, now.buckets.damaged], [7, 0, 3]);
});

test("what was picked by mistake is put back and is to be picked again", async () => {
  const { order, product } = await makeOrder(world.target, { quantity: 2 });
  await world.target.command("order.accept", { order });
  await world.target.command("order.pick", { order, line: "1", quantity: 2 });
  const page = await world.open(`/orders?order=${order}`, { size: WIDTHS.phone, touch: true });
  await page.getByRole("button", { name: `Put back: ${product.name}` }).click();
  const form = page.locator(".order-put-back");
  assert.equal(await form.getByLabel("Quantity").inputValue(), "2");
  await form.getByLabel("Quantity").fill("1");
  await form.getByRole("button", { name: "Put back" }).click();
  await page.getByText(`Put back 1 of ${product.name}.`).waitFor();
  await page.locator(".order-lines").getByText("1 picked").waitFor();
  await page.locator(".pick-panel").getByText("1 ×").waitFor();
  assert.equal((await stockOf(product.sku)).buckets.shelf, 39);
});

test("while picking each line says where it lies and which lot is taken first", async () => {
  const { order, product } = await makeOrder(world.target);
  const dateIn = (days) => new Date(Date.now() + days * 864e5).toISOString().slice(0, 10);
  const lots = async () => Object.fromEntries((await world.target.call("product.lots",
    { sku: product.sku })).rows.map((each) => [each.lot, each.quantity]));
  await world.target.command("product.upsert", {
    sku: product.sku, name: product.name, gtins: [product.barcode], sold_by: "piece",
    track_expiry: true, positions: [{ department: "Fresh", aisle: "4", bay: "2", shelf: "3" }],
  });
  for (const [lot, days] of [["LATER", 20], ["SOONER", 5]])
    await world.target.command("stock.move", {
      sku: product.sku, kind: "receive", bucket: "shelf", quantity: 6, lot,
      expiry: `${dateIn(days)}T00:00:00Z`,
    });
  await world.target.command("order.accept", { order });
  const page = await world.open(`/orders?order=${order}`);
  const line = page.locator(".pick-panel .lines-list li");
  await line.getByText("Fresh · Aisle 4 · Bay 2 · Shelf 3").waitFor();
  await line.getByText("SOONER").waitFor();
  assert.equal(await line.getByText("LATER").count(), 0);
  // What is taken is told by the code, whatever was proposed.
  const date = dateIn(20).replaceAll("-", "").slice(2);
  const field = page.getByLabel("Scan or type the code of what you take");
  await field.fill(`(01)0${product.barcode}(17)${date}(10)LATER`);
  await field.press("Enter");
  await page.getByText(`Picked ${product.name}.`).waitFor();
  assert.deepEqual(await lots(), { SOONER: 6, LATER: 5 });
  await page.getByText(/picked is .*LATER.*, but .*SOONER.* expires first/).waitFor();
  await field.fill(`(01)0${product.barcode}(17)${dateIn(-2).replaceAll("-", "").slice(2)}(10)OLD`);
  await field.press("Enter");
  await page.getByText("This piece is out of date. Put it aside and pick another one.").waitFor();
  await page.getByText(/pick one of .*SOONER/).waitFor();
  assert.deepEqual(await lots(), { SOONER: 6, LATER: 5 });
});

test("an order without a name is called by its method and its number, once", async () => {
  const product = await makeProduct(world.target);
  const order = freshId("N").toUpperCase();
  await world.target.command("order.offer", {
    order, channel: "web", method: "pickup", lines: [{ line: "1", sku: product.sku, quantity: 1 }],
  });
  const page = await world.open(`/orders?order=${order}`);
  await page.getByRole("heading", { level: 2, name: `Pick-up ${order}` }).waitFor();
  assert.equal(await page.locator(".detail-head").getByText(order).count(), 1);
});

test("pieces are counted by scanning them, and the next product ends the one before", async () => {
  const milk = await makeProduct(world.target);
  const eggs = await makeProduct(world.target);
  const count = freshId("C").toUpperCase();
  await world.target.command("count.open", {
    count, scope: "sku", bucket: "shelf", skus: [milk.sku, eggs.sku],
  });
  const page = await world.open(`/counts?count=${count}`);
  const amount = (product) => page.getByLabel(`How many of ${product.name} are there?`);
  await page.getByLabel("Scan or type what you count").waitFor();
  await scan(page, milk.barcode);
  await amount(milk).waitFor();
  await scan(page, milk.barcode);
  await page.waitForFunction(() => document.activeElement?.value === "2");
  await scan(page, eggs.barcode);
  await amount(eggs).waitFor();
  assert.equal(await amount(eggs).inputValue(), "");
  await amount(eggs).fill("3");
  await press(page, "Enter");
  await page.locator(".count-figures", { hasText: "3" }).waitFor();
  const { lines } = await world.target.call("count.get", { count });
  assert.deepEqual(Object.fromEntries(lines.map((line) => [line.sku, line.counted])),
    { [milk.sku]: 2, [eggs.sku]: 3 });
});

test("deliveries, transfers and counts come and go without being asked for", async () => {
  const product = await makeProduct(world.target);
  const id = freshId("F").toUpperCase();
  const soon = { timeout: 3000 };
  const pages = {};
  for (const place of ["deliveries", "transfers", "counts", "tasks"]) {
    pages[place] = await world.open(`/${place}`);
    await pages[place].locator(".patience").waitFor({ state: "detached" });
  }
  await world.target.command("delivery.announce", {
    delivery: `D${id}`, sender: `Mill ${id}`, expected: new Date().toISOString(),
    lines: [{ sku: product.sku, quantity: 3 }],
  });
  await pages.deliveries.getByText(`Mill ${id}`).waitFor(soon);
  await pages.tasks.getByRole("link", { name: new RegExp(`D${id}|Mill ${id}`) }).waitFor(soon);
  await world.target.command("delivery.cancel", { delivery: `D${id}` });
  await pages.deliveries.getByText(`Mill ${id}`).waitFor({ state: "detached", ...soon });
  await world.target.command("transfer.send", {
    transfer: `T${id}`, to: "0499", lines: [{ sku: product.sku, quantity: 1 }],
  });
  await pages.transfers.getByText(`T${id}`).waitFor(soon);
  await world.target.command("count.open", { count: `C${id}`, scope: "sku", bucket: "shelf", skus: [product.sku] });
  await pages.counts.getByText(`C${id}`).waitFor(soon);
});

test("how the store works is read and changed", async () => {
  const page = await world.open("/settings");
  const rules = page.locator(".block", { hasText: "How this store works" });
  await rules.getByRole("button", { name: "Change" }).click();
  await rules.getByLabel("A pick list is free again after (minutes)").fill("45");
  await rules.getByLabel("Reduced in steps").selectOption("first");
  await rules.getByLabel(/^Who approves counts/).fill("Ana,  Bo");
  await rules.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved how this store works.").waitFor();
  await rules.locator(".facts").getByText("45", { exact: true }).waitFor();
  await rules.locator(".facts").getByText("Ana, Bo", { exact: true }).waitFor();
  const policy = await world.target.call("policy.get", {});
  assert.deepEqual([policy.pick_list_minutes, policy.prior_price_steps, policy.code_tries],
    [45, "first", 5]);
  assert.deepEqual(policy.managers, ["Ana", "Bo"]);
  // Nobody in particular, by an empty field.
  await rules.getByRole("button", { name: "Change" }).click();
  await rules.getByLabel(/^Who approves counts/).fill("");
  await rules.getByRole("button", { name: "Save" }).click();
  await rules.locator(".facts").waitFor();
  assert.equal((await world.target.call("policy.get", {})).managers, undefined);
});

test("what the tills took, sold although it was promised, and sent twice", async () => {
  const { order, product } = await makeOrder(world.target, { quantity: 40 });
  await world.target.command("order.accept", { order });
  const till = freshId("t").slice(0, 12);
  const ask = async (id, quantity) => {
    const answer = await fetch(`${world.target.url}/api/v1/till/${till}`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({
        id, type: "sale", happened: new Date().toISOString(),
        lines: [{ sku: product.sku, quantity, price: 2.5 }],
      }),
    });
    return (await answer.json()).outcome;
  };
  const sale = freshId("s");
  assert.deepEqual([await ask(sale, 2), await ask(sale, 3)], ["accepted", "conflict"]);
  const page = await world.open("/");
  await page.getByRole("link", { name: /sales? today/ }).click();
  await page.getByRole("heading", { level: 1, name: "Tills" }).waitFor();
  await page.reload();
  const day = page.locator("li", { hasText: till }).filter({ hasText: "Returns: 0" });
  await day.getByText("£5.00").waitFor();
  const breach = page.locator("li", { hasText: product.name });
  await breach.getByText("Promised to orders").waitFor();
  await breach.getByRole("link", { name: order }).waitFor();
  await page.getByText(sale).waitFor();
  await page.getByRole("link", { name: "The day before" }).click();
  await page.getByText("No till has sold anything on this day.").waitFor();
});

test("a planned price is told as planned and can be called off", async () => {
  const product = await makeProduct(world.target);
  await world.target.command("price.set", {
    sku: product.sku, kind: "promotion", amount: 1.5, currency: "GBP",
    from: new Date(Date.now() + 864e5).toISOString(), to: new Date(Date.now() + 2 * 864e5).toISOString(),
  });
  const page = await world.open(`/stock?product=${product.sku}`);
  const row = page.locator(".prices li", { hasText: "£1.50" });
  await row.getByText("Planned").waitFor();
  await row.getByRole("button", { name: "Call off" }).click();
  await row.getByText("Called off").waitFor();
});
