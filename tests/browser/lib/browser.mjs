// Debian's Chromium, started once a test file and closed with it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const WIDTHS = {
  desk: { width: 1280, height: 800 },
  tablet: { width: 820, height: 1180 },
  phone: { width: 390, height: 844 },
};

/** A browser with a profile of its own that is gone after close(). */
export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "backroom-browser-"));
  const browser = await chromium.launch({
    executablePath: process.env.BACKROOM_CHROMIUM ?? "/usr/bin/chromium", headless: true,
    args: FLAGS, env: { ...process.env, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  const close = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { browser, close };
}

/** A fresh page whose console errors, faults and refused content are collected in page.faults. */
export async function openPage(browser, base, { size = WIDTHS.desk, scheme = "light", touch = false } = {}) {
  const context = await browser.newContext({
    viewport: size, colorScheme: scheme, baseURL: base, locale: "en-GB", hasTouch: touch,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(5000);
  page.faults = [];
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(message.text());
  });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  return page;
}

/** As a wedge scanner does it, code after code: within a blink, with Enter at the end of each. */
export async function scan(page, ...codes) {
  await page.evaluate((texts) => {
    for (const key of texts.flatMap((text) => [...text, "Enter"]))
      (document.activeElement ?? document.body).dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }, codes);
}
