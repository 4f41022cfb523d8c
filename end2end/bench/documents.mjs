// What documents cost the server and its reader, measured on a server with demo data; run by `make bench-documents`.
// Memory is what the kernel says of the processes (VmRSS), looked at every few milliseconds.
import { execFileSync, spawn } from "node:child_process";
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
const require = createRequire(new URL("../x.js", import.meta.url));
const { chromium } = require("@playwright/test");
const base = process.env.BASE_URL;
const binary = process.env.SOLATIUM_BIN;
const folder = mkdtempSync(join(tmpdir(), "solatium-bench-"));
const rows = [];
const say = (what, value, goal, ok) => rows.push([what, value, goal, ok ? "reached" : "short"]);

const status = (pid) => { try { return readFileSync(`/proc/${pid}/status`, "utf8"); } catch { return ""; } };
const field = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status(pid))?.[1] ?? 0);
/** A process and all that it started, in MB. */
function memory(pid) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(all.map((p) => [p, field(p, "PPid")]));
  const mine = (p) => p === pid || (parents.has(p) && parents.get(p) !== 0 && mine(parents.get(p)));
  return all.filter(mine).reduce((sum, p) => sum + field(p, "VmRSS"), 0) / 1024;
}
function watch(pid, own) {
  let most = 0;
  const timer = setInterval(() => { most = Math.max(most, own ? field(pid, "VmRSS") / 1024 : memory(pid)); }, 5);
  return () => { clearInterval(timer); return most; };
}

// Five hundred pages of text: the first three hundred.
const long = join(folder, "long.pdf");
execFileSync(join(dirname(binary), "letters"), ["long", "520", long]);
const pages = Number(/Pages:\s+(\d+)/.exec(execFileSync("pdfinfo", [long], { encoding: "utf8" }))[1]);
const { SOLATIUM_BIN: _, ...env } = process.env;
const began = performance.now();
const child = spawn(binary, ["extract", long, "--json"], { env, stdio: ["ignore", "pipe", "inherit"] });
const stop = watch(child.pid, false);
let said = "";
child.stdout.on("data", (piece) => (said += piece));
await new Promise((done) => child.once("exit", done));
const seconds = (performance.now() - began) / 1000;
const most = stop();
const found = JSON.parse(said);
say(`${pages} pages of text: facts of the first 300, s`, seconds.toFixed(2), "≤ 60", seconds <= 60 && found.candidates.length > 5);
say("memory of the reader with what it starts, MB", Math.round(most), "≤ 300", most <= 300);

// A hundred megabytes of sound are sent to the server.
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
const context = await browser.newContext({ baseURL: base, locale: "en-GB" });
const page = await context.newPage();
await page.goto("/sign-in");
await page.fill("[name=email]", "handler@northgate.example");
await page.fill("[name=password]", "copper-lantern-drifts-west");
await page.keyboard.press("Enter");
await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
await page.goto("/claims?status=open");
await page.waitForTimeout(700);
await page.locator("a.row-link").first().click();
await page.waitForURL(/claims\/clm_/);
const claim = page.url().split("/").pop();
const cookie = (await context.cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
const large = join(folder, "large.wav");
const header = Buffer.alloc(44);
header.write("RIFF", 0); header.writeUInt32LE(100 * 2 ** 20 - 8, 4); header.write("WAVEfmt ", 8); header.writeUInt32LE(16, 16);
header.writeUInt16LE(1, 20); header.writeUInt16LE(1, 22); header.writeUInt32LE(16_000, 24); header.writeUInt32LE(32_000, 28);
header.writeUInt16LE(2, 32); header.writeUInt16LE(16, 34); header.write("data", 36); header.writeUInt32LE(100 * 2 ** 20 - 44, 40);
writeFileSync(large, Buffer.concat([header, Buffer.alloc(100 * 2 ** 20 - 44)]));
const server = Number(process.env.SERVER_PID);
const before = field(server, "VmRSS") / 1024;
const ended = watch(server, true);
const start = performance.now();
const answer = await new Promise((done, fail) => {
  const boundary = "----solatium-bench";
  const sent = request(`${base}/fn/claims/add_document`, {
    method: "POST",
    headers: { cookie, origin: base, accept: "application/json", "content-type": `multipart/form-data; boundary=${boundary}`, "sec-fetch-site": "same-origin" },
  }, (answer) => { answer.resume(); answer.once("end", () => done(answer.statusCode)); });
  sent.once("error", fail);
  sent.write(`--${boundary}\r\ncontent-disposition: form-data; name="claim"\r\n\r\n${claim}\r\n`);
  sent.write(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large.wav"\r\ncontent-type: audio/wav\r\n\r\n`);
  const file = createReadStream(large, { highWaterMark: 1 << 16 });
  file.pipe(sent, { end: false });
  file.once("end", () => sent.end(`\r\n--${boundary}--\r\n`));
});
const took = (performance.now() - start) / 1000;
const grown = ended() - before;
say(`100 MB sent in ${took.toFixed(1)} s (answer ${answer}): more memory of the server, MB`, Math.round(grown), "≤ 50", answer === 200 && grown <= 50);

// The form for a claim takes a file 100 ms after the page is alive: it is sent, and read.
const fresh = await context.newPage();
await fresh.addInitScript(() => {
  const listen = window.addEventListener;
  window.addEventListener = function (kind, ...rest) { if (kind === "popstate" && !window.hydratedAt) window.hydratedAt = performance.now(); return listen.call(this, kind, ...rest); };
});
await fresh.goto("/claims/new", { waitUntil: "commit" });
await fresh.waitForFunction(() => window.hydratedAt && performance.now() > window.hydratedAt + 100 && document.querySelector("#f-file"));
const note = join(folder, "note.txt");
writeFileSync(note, "Date of accident: 31/03/2026\nPhysiotherapy: 420.00\n");
const dropped = performance.now();
const [sent] = await Promise.all([
  fresh.waitForRequest((request) => request.url().endsWith("/fn/claims/add_document"), { timeout: 5_000 }).then(() => performance.now() - dropped, () => null),
  fresh.setInputFiles("#f-file", note),
]);
say("entry page: a file given 100 ms after hydration is on its way, ms", sent === null ? "never" : Math.round(sent), "it is", sent !== null);
await fresh.locator("table a", { hasText: "note.txt" }).click();
await fresh.waitForSelector(".found > li");
say("a line of text, from the drop over its page to its first candidate, ms", Math.round(performance.now() - dropped), "≤ 4000", performance.now() - dropped <= 4_000);

await browser.close();
rmSync(folder, { recursive: true, force: true });
console.log("| What | Measured | To reach | |\n|---|---|---|---|");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
process.exit(rows.every((row) => row[3] === "reached") ? 0 : 1);
