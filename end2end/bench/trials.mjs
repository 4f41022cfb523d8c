// What a version in the shadow and one as a canary cost those who wait for predictions, at half of what the server can do;
// run by `make bench-trials`. One insurer's claims are asked in the shadow as well, of the other's a quarter falls to a canary.
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import http from "node:http";
const require = createRequire(new URL("../x.js", import.meta.url));
const { chromium } = require("@playwright/test");

const base = process.env.BASE_URL;
const PASSWORD = "copper-lantern-drifts-west";
const SECONDS = Number(process.env.SECONDS ?? 8);
const ROUNDS = 5;

function program(...args) {
  const { SOLATIUM_BIN: bin, ...env } = process.env;
  return execFileSync(bin, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });

async function person(email) {
  const context = await browser.newContext({ baseURL: base, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

/** Does what a form on the page does. */
async function act(page, name, all) {
  const form = { act: name, ...Object.fromEntries(Object.entries(all).map(([key, value]) => [`with[${key}]`, value])) };
  const answer = await page.request.post("/fn/act", { form, headers: { accept: "application/json" } });
  if (!answer.ok()) throw new Error(`${name}: ${answer.status()} ${await answer.text()}`);
}

/** A version of an insurer's own, uploaded by its engineer and approved by its administrator. */
async function version(domain, seed) {
  const name = `bench-${seed}`;
  const [csv, bundle] = [`${name}.csv`, `${name}.solm`].map((file) => join(process.env.WORK_DIR, file));
  program("generate", "--claims", "1500", "--seed", `${seed}`, "--out", csv);
  program("train", "--data", csv, "--out", bundle, "--name", name, "--notes", "For a measurement.");
  const engineer = await person(`engineer@${domain}`);
  await engineer.goto("/models/upload");
  await engineer.waitForTimeout(800);
  await engineer.getByLabel("Bundle", { exact: true }).setInputFiles(bundle);
  await engineer.getByRole("button", { name: "Upload and validate" }).click();
  await engineer.getByRole("link", { name: "Open the version" }).click();
  await engineer.waitForURL(/\/models\/mdl_/);
  const id = new URL(engineer.url()).pathname.split("/").pop();
  const second = await person(`administrator@${domain}`);
  for (let i = 0; ; i++) {
    try { await act(second, "model.approve", { id, note: "For a measurement." }); break; }
    catch (error) { if (i > 60) throw error; await new Promise((later) => setTimeout(later, 1000)); }
  }
  return { engineer, id };
}

/** What a form on the version's page sends along. */
async function sent({ engineer, id }, form, name) {
  const html = await (await engineer.request.get(`/models/${id}`)).text();
  const at = html.indexOf(`value="${form}"`);
  const found = html.slice(at).match(new RegExp(`name="with\\[${name}\\]" value="([^"]*)"`)) ?? [];
  if (at < 0 || !found[1]) throw new Error(`no ${name} of ${form}`);
  return found[1];
}

async function end(engineer, id) {
  const of = { engineer, id };
  const trial = await sent(of, "trial.end", "trial");
  await act(engineer, "trial.end", { trial, version: await sent(of, "trial.end", "version"), note: "Measured." });
}

async function widen(of) {
  const trial = await sent(of, "trial.widen", "trial");
  await act(of.engineer, "trial.widen", { trial, version: await sent(of, "trial.widen", "version"), note: "For a measurement." });
}

const claim = {
  accident_type: "Rear end", accident_date: "2026-03-31", claim_date: "2026-04-20", injury_prognosis_months: 7,
  minor_psychological_injury: true, whiplash: true, general_fixed_pence: 102500, general_rest_pence: 140000,
  special_therapy_pence: 40600, driver_age: 41, gender: "Female",
};
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const body = JSON.stringify({ claim });

function one(key) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${base}/api/v1/predictions`, {
      method: "POST", agent,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    }, (response) => {
      response.resume();
      response.on("end", () => (response.statusCode === 201 ? resolve() : reject(new Error(`answered ${response.statusCode}`))));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const keys = ["Northgate", "Harbour"].map((company) => program("key", "create", "--company", company, "--name", "bench-trials").trim().split("\n").pop());

/** Requests a second that are answered where as many clients ask as it takes. */
async function saturated() {
  const until = Date.now() + 1000 * SECONDS;
  let answered = 0;
  await Promise.all(Array.from({ length: 32 }, async (_, n) => { while (Date.now() < until) { await one(keys[n % 2]); answered++; } }));
  return answered / SECONDS;
}

/** Asks at a fixed rate, whether or not answers have come: the 99th percentile in ms, from when each was due. */
async function p99(rate) {
  const [begun, total] = [performance.now() + 20, Math.round(rate * SECONDS)];
  const [times, open] = [[], []];
  for (let n = 0; n < total; n++) {
    const due = begun + (1000 * n) / rate;
    while (performance.now() < due) await new Promise((later) => setTimeout(later, Math.max(0, due - performance.now() - 0.5)));
    open.push(one(keys[n % 2]).then(() => times.push(performance.now() - due)));
  }
  await Promise.all(open);
  times.sort((a, b) => a - b);
  return times[Math.floor(0.99 * times.length)];
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const canary = await version("northgate.example", 31);
const shadow = await version("harbour.example", 32);
// The demo's own trial is over: one is tried at a time.
const models = await (await canary.engineer.request.get("/models")).text();
for (const id of new Set(models.match(/mdl_[0-9a-f]{32}/g))) {
  const page = await (await canary.engineer.request.get(`/models/${id}`)).text();
  if (page.includes('value="trial.end"')) await end(canary.engineer, id);
}
await p99(50);
const rate = (await saturated()) / 2;
const [without, under] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  without.push(await p99(rate));
  for (const of of [canary, shadow]) await act(of.engineer, "trial.start", { id: of.id, channels: "form,file,api" });
  await widen(canary);
  await widen(canary);
  under.push(await p99(rate));
  await new Promise((later) => setTimeout(later, 1000));
  for (const of of [canary, shadow]) await end(of.engineer, of.id);
}
const told = await (await shadow.engineer.request.get(`/models/${shadow.id}`)).text();
const asked = [...told.matchAll(/([\d,]+) claims, (\d+) without an answer, (\d+) not asked/g)].map((m) => m.slice(1).map((n) => Number(n.replace(",", ""))));
const sum = (i) => asked.reduce((all, one) => all + one[i], 0);
const ms = (all) => all.map((t) => t.toFixed(1)).join(", ");
console.log(`at ${rate.toFixed(0)} predictions a second, half of what was answered at the most:`);
console.log(`p99 without a trial: ${ms(without)} ms, median ${median(without).toFixed(1)}`);
console.log(`p99 with a canary of 25% and a shadow: ${ms(under)} ms, median ${median(under).toFixed(1)}`);
console.log(`ratio of the medians ${(median(under) / median(without)).toFixed(2)} (to reach: at most 1.25)`);
console.log(`in the shadow: ${sum(0)} asked, ${sum(1)} without an answer, ${sum(2)} dropped: ${((100 * sum(2)) / Math.max(1, sum(0) + sum(2))).toFixed(2)}% (to reach: below 1%)`);
await browser.close();
agent.destroy();
