// Sensors: the chart in picture and words, adoption, an alarm that somebody takes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { setUp } from "../lib/setup.mjs";

const world = setUp();

/** A sensor of the store for which `fits`, or null: a real node may have none. */
async function sensorWhere(fits) {
  const { rows } = await world.target.call("subscribe", { noun: "sensor" });
  return rows.find(fits) ?? null;
}

test("the chart draws a channel and says in words what it shows", async (t) => {
  const sensor = await sensorWhere((row) => row.channels.some((each) => each.kind === "temperature"));
  const page = await world.open(sensor === null ? "/sensors" : `/sensors?sensor=${sensor.key}`);
  if (sensor === null) {
    t.diagnostic("this node has no thermometer; its empty place is shown instead");
    await page.locator(".empty").waitFor();
    return;
  }
  await page.getByRole("button", { name: /^Temperature/ }).click();
  await page.locator(".chart canvas").waitFor();
  await page.getByText(/^(Lowest .+ highest .+ mean|Nothing was measured)/).waitFor();
  await page.getByRole("radio", { name: "7 days" }).check();
  await page.locator(".chart canvas").waitFor();
  const drawn = await page.locator(".chart canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count++;
    return count;
  });
  assert.ok(drawn > 500, `only ${drawn} points are drawn`);
});

test("a new sensor is adopted with a name and a place", async (t) => {
  const sensor = await sensorWhere((row) => !row.adopted);
  if (sensor === null) {
    t.diagnostic("this node has no sensor that waits to be adopted");
    return;
  }
  const page = await world.open(`/sensors?sensor=${sensor.key}`);
  await page.getByLabel("Name", { exact: true }).fill("Ice cream chest");
  await page.getByLabel("Place", { exact: true }).fill("Shop floor");
  await page.getByRole("button", { name: "Adopt", exact: true }).click();
  await page.getByText("Adopted Ice cream chest.").waitFor();
  await page.getByRole("heading", { level: 2, name: "Ice cream chest" }).waitFor();
  await page.getByRole("button", { name: "Forget" }).click();
  await page.locator(".button-danger").click();
  await page.getByText("Forgot Ice cream chest.").waitFor();
  // It may be adopted again, and that is what the page says at once.
  await page.getByRole("button", { name: "Adopt", exact: true }).waitFor();
});

test("an alarm is told in the person's language", async (t) => {
  const { rows } = await world.target.call("subscribe", { noun: "alarm" });
  const alarm = rows.find((row) => row.rule === "high" && row.high !== null && !row.cleared);
  if (alarm === undefined) {
    t.diagnostic("this node has no alarm of something too warm");
    return;
  }
  const page = await world.open("/");
  await page.evaluate(() => localStorage.setItem("backroom.language", "it"));
  await page.goto(`/sensors?sensor=${encodeURIComponent(alarm.device)}`);
  await page.locator(".alarm-text").getByText(/^.+: .+ sopra il limite di .+$/).waitFor();
});

test("an alarm is acknowledged with what was done", async (t) => {
  const { rows } = await world.target.call("subscribe", { noun: "alarm" });
  const alarm = rows.find((row) => !row.acknowledged && !row.cleared);
  if (alarm === undefined) {
    t.diagnostic("this node has no alarm");
    return;
  }
  const page = await world.open(`/sensors?sensor=${encodeURIComponent(alarm.device)}`);
  await page.getByLabel("What was it, and what was done?").fill("The door stood open, closed it");
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("The alarm is acknowledged.").waitFor();
  await page.getByText(/Acknowledged by .+: The door stood open/).waitFor();
});
