import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import {
  card, column, demo, enterClaim, expect, field, go, heading, pence, predicted, ready, row, table, test, unique, type Person,
} from "../support/app";
import { importSigned, train, workDir } from "../support/program";

// They deploy for Harbour Mutual, one after the other, so that no other file's claims change under it.
test.describe.configure({ mode: "serial" });

const bundle = (name: string) => join(workDir(), `${name}.solm`);

async function send(page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }, notes = "") {
  await go(page, "/models/upload");
  await page.getByLabel("Bundle", { exact: true }).setInputFiles(file);
  await field(page, "Release notes").fill(notes);
  await page.getByRole("button", { name: "Upload and validate" }).click();
}

const heading2 = (page: Page, name: string): Locator => page.getByRole("heading", { level: 2, name });

/** Turns to a section of a version's page. */
async function section(page: Page, name: string) {
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name, exact: true }).click();
  await expect(page.locator(".tabs .shown")).toHaveText(`${name} (shown)`);
}

/** Uploads a bundle and opens its version. */
async function uploaded(page: Page, name: string, notes = "") {
  await send(page, bundle(name), notes);
  await expect(page.getByText(`${name} v1 passed every check.`)).toBeVisible();
  await page.getByRole("link", { name: "Open the version" }).click();
  await expect(heading(page, `${name} v1`)).toBeVisible();
}

/** A second person approves the version that the page shows. */
async function approved(page: Page, as: (person: Person) => Promise<Page>, who = "administrator@harbour.example") {
  const second = await as(demo(who));
  await go(second, new URL(page.url()).pathname);
  // What can be measured has to be, before it is approved: a job does it.
  await expect(async () => {
    await second.reload();
    await expect(second.getByText(/^It claims £\d+ and errs by £\d+/)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await ready(second);
  const approve = fold(second, "Approve");
  await approve.locator("summary").click();
  await field(approve, "What you looked at").fill("Its report and its notes.");
  await second.getByRole("button", { name: "Approve this version" }).click();
  await expect(second.getByText(/is approved and can be deployed/)).toBeVisible();
  await second.close();
}

/** A form that is folded away. */
const fold = (page: Page, title: string): Locator => page.locator("details.fold").filter({ has: page.locator("summary", { hasText: title }) });

async function deploy(page: Page, why: string) {
  await page.reload();
  await fold(page, "Deploy").locator("summary").click();
  await field(page, "Why now").fill(why);
  await page.getByRole("button", { name: "Deploy this version" }).click();
  await expect(page.getByText("Serves Demo Harbour Mutual.")).toBeVisible();
  // There is nothing left to deploy.
  await expect(page.getByRole("button", { name: /^Deploy/ })).toHaveCount(0);
}

/** The model that answers a new claim of Harbour's handler. */
async function answering(page: Page): Promise<string> {
  const claim = await enterClaim(demo("handler@harbour.example"));
  await go(page, claim.path);
  await predicted(page);
  return card(page, "How it comes about").locator("> p.hint").first().innerText();
}

test("story 20: an AI engineer uploads a model, which serves nobody yet", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/models");
  await page.getByRole("link", { name: "Upload a model" }).click();
  await expect(heading(page, "Upload a model")).toBeVisible();
  await uploaded(page, "ridge-a", "First upload.");
  await expect(page.getByText("It makes no prediction now.")).toBeVisible();
  await section(page, "History");
  await expect(page.getByText("Never deployed.")).toBeVisible();
  await go(page, "/models");
  const mine = row(table(page, "Model versions"), "ridge-a v1");
  await expect(mine).toContainText("Validated");
  await expect(mine).toContainText("Elena Marsh");
  await expect(mine).toContainText("ridge");
});

test("story 20: the same bundle again is refused with the reason", async ({ as, refusals }) => {
  refusals.add(409);
  const page = await as(demo("engineer@harbour.example"));
  await send(page, bundle("ridge-a"));
  await expect(page.getByRole("alert")).toContainText("in the registry already, as ridge-a v1");
});

test("story 21: an uploaded model is validated, each check with its result", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  await send(page, bundle("ridge-b"));
  await expect(page.getByText("ridge-b v1 passed every check")).toBeVisible();
  const checks = table(page, "Validation");
  const names = await column(checks, "Check");
  expect(names.length).toBeGreaterThan(4);
  expect(new Set(await column(checks, "Result"))).toEqual(new Set(["Passed"]));
  await page.getByRole("link", { name: "Open the version" }).click();
  await expect(heading(page, "ridge-b v1")).toBeVisible();
  // The checks stay with the version, and so do its figures.
  await section(page, "Checks");
  expect(await column(table(page, "Validation"), "Check")).toEqual(names);
  await section(page, "Overview");
  await expect(heading2(page, "How good it is")).toBeVisible();
  const quality = page.locator(".tiles").first();
  await expect(quality).toContainText("Mean absolute error");
  await expect(quality).toContainText("Coverage of the 90% range");
});

test("story 22: a version shows where it is good, for whom, and what moves it", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/models");
  await table(page, "Model versions").getByRole("link", { name: "ridge-b v1" }).click();
  await expect(page.getByText("Shapley values, by the background's shares at each split")).toBeVisible();
  await section(page, "Accuracy");
  for (const title of ["Mean error by kind and value", "Within the range by kind and value", "Predicted and settled, tenths of the claims", "What moves predictions"]) {
    const part = card(page, title);
    await expect(part.locator("svg:visible")).toHaveCount(1);
    await part.getByText("Show as a table").click();
    expect(await part.locator("tbody tr").count()).toBeGreaterThan(3);
  }
  const parts = await column(table(page, "Mean error by kind and value"), "Claims");
  expect(parts).toEqual(expect.arrayContaining(["all claims", "tariff only"]));
  // Each has its drawing and its figures as files.
  for (const kind of ["SVG", "CSV"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: `What moves predictions as ${kind}` }).click()]);
    expect(download.suggestedFilename()).toBe(`ridge-b-v1-what-moves-predictions.${kind.toLowerCase()}`);
    expect(readFileSync(await download.path(), "utf8")).toContain(kind === "SVG" ? "<svg" : "Mean contribution");
  }
  await section(page, "Fairness");
  await card(page, "Mean error by gender and age").locator("details").evaluate((d) => d.setAttribute("open", ""));
  expect(await column(table(page, "Mean error by gender and age"), "Claims")).toEqual(expect.arrayContaining(["Female", "25 to 39"]));
});

for (const [what, bytes] of [
  ["random bytes", () => Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + 31) % 251))],
  ["a truncated archive", () => { const all = readFileSync(bundle("ridge-c")); return all.subarray(0, Math.floor(all.length / 2)); }],
  ["a bundle with a changed byte", () => { const all = Buffer.from(readFileSync(bundle("ridge-c"))); all[Math.floor(all.length / 2)] ^= 0xff; return all; }],
] as const) {
  test(`story 21: a hostile bundle (${what}) is refused with the reason, the server unharmed`, async ({ as, request }) => {
    const page = await as(demo("engineer@harbour.example"));
    await send(page, { name: "hostile.solm", mimeType: "application/octet-stream", buffer: bytes() });
    const refusal = page.getByText(/^The bundle is refused\. .{10,}/);
    await expect(refusal).toBeVisible();
    const results = await column(table(page, "Validation"), "Result");
    expect(results.filter((r) => r === "Failed")).toHaveLength(1);
    // What was not run has not failed.
    expect(results.slice(results.indexOf("Failed") + 1).every((r) => r === "Not run")).toBe(true);
    await expect(page.getByRole("link", { name: "Open the version" })).toHaveCount(0);
    expect((await request.get("/readyz")).ok()).toBe(true);
    await go(page, "/models");
    await expect(table(page, "Model versions")).not.toContainText("hostile");
    await expect(table(page, "Model versions")).toContainText("Serving");
  });
}

test("story 22: two versions are compared side by side on the same claims", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/models/compare");
  // Without a choice what serves stands beside the newest other.
  await expect(page.getByText(/newest predicted claims/)).toBeVisible();
  await field(page, "Version").selectOption({ label: "ridge-a v1" });
  await field(page, "and version").selectOption({ label: "ridge-b v1" });
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page).toHaveURL(/left=.+&right=/);
  await expect(page.getByText(/newest predicted claims, ridge-b v1 is on average £[\d.]+ (higher|lower) than ridge-a v1/)).toBeVisible();
  const measured = table(page, "As measured in training");
  for (const name of ["ridge-a v1", "ridge-b v1"]) {
    for (const figure of (await column(measured, name)).slice(0, 3)) expect(figure).toMatch(/^£/);
  }
  const same = table(page, "On the same claims, newest first");
  const [left, right, difference] = await Promise.all(["ridge-a v1", "ridge-b v1", "Difference"].map((c) => column(same, c)));
  expect(left.length).toBeGreaterThan(5);
  left.forEach((amount, i) => expect(pence(right[i]) - pence(amount)).toBe(pence(difference[i])));
});

test("story 32: a version carries its release notes", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  const notes = `Trained on ${unique("NOTES")}.\nWatch claims of more than 18 months.`;
  await uploaded(page, "ridge-c", notes);
  await expect(heading2(page, "Release notes").locator("+ p.pre")).toHaveText(notes);
  // Without notes of the upload, those that were given to `solatium train`.
  await go(page, "/models");
  await table(page, "Model versions").getByRole("link", { name: "ridge-b v1" }).click();
  await expect(heading2(page, "Release notes").locator("+ p.pre")).toContainText("Second of two.");
  await expect(table(page, "Particulars")).toContainText(/[0-9a-f]{64}/);
});

test("story 23: a validated version is deployed and answers the next claim", async ({ as }) => {
  const handler = await as(demo("handler@harbour.example"));
  expect(await answering(handler)).not.toContain("ridge-a");
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/models");
  await table(page, "Model versions").getByRole("link", { name: "ridge-a v1" }).click();
  // Whoever uploaded it neither approves nor deploys it before a second person has looked.
  await expect(page.getByText("Approve this version")).toHaveCount(0);
  await expect(page.getByText("Deploy this version")).toHaveCount(0);
  await approved(page, as);
  await deploy(page, "Better on long prognoses.");
  await section(page, "History");
  const history = table(page, "Deployments of this version");
  await expect(history).toContainText("Better on long prognoses.");
  await expect(history).toContainText("Elena Marsh");
  expect(await answering(handler)).toContain("ridge-a v1");
  // The other company is not touched.
  const claim = await enterClaim(demo("handler@northgate.example"));
  const other = await as(demo("handler@northgate.example"));
  await go(other, claim.path);
  await expect(card(other, "How it comes about")).not.toContainText("ridge-a");
});

test("story 24: one click returns to the version before", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/models");
  await table(page, "Model versions").getByRole("link", { name: "ridge-b v1" }).click();
  await approved(page, as);
  await deploy(page, "Newest data.");
  const handler = await as(demo("handler@harbour.example"));
  expect(await answering(handler)).toContain("ridge-b v1");
  await go(page, "/models");
  await fold(page, "Roll back to ridge-a v1").locator("summary").click();
  await field(page, "What is wrong with ridge-b v1").fill("Too low on long prognoses.");
  await page.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(row(table(page, "Model versions"), "ridge-a v1")).toContainText("Serving");
  await expect(row(table(page, "Model versions"), "ridge-b v1")).toContainText("Withdrawn");
  // The version that was bad is not offered.
  await expect(page.getByText(/Roll back to ridge-b/)).toHaveCount(0);
  expect(await answering(handler)).toContain("ridge-a v1");
});

test("story 23: a version is tried in the shadow, then answers a share of the claims, before anybody deploys it", async ({ as }) => {
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/models");
  await table(page, "Model versions").getByRole("link", { name: "ridge-c v1" }).click();
  await approved(page, as);
  await page.reload();
  await ready(page);
  await fold(page, "Try it in the shadow").locator("summary").click();
  await field(page, "Claims that take part").selectOption({ label: "All claims" });
  await page.getByRole("button", { name: "Begin" }).click();
  const trial = table(page, "On trial");
  await expect(row(trial, "Standing")).toContainText("In the shadow");
  await expect(row(trial, "Beside")).toContainText("ridge-a v1");
  // What serves answers; the one in the shadow is asked as well, unseen.
  const handler = await as(demo("handler@harbour.example"));
  expect(await answering(handler)).toContain("ridge-a v1");
  await expect(async () => {
    await page.reload();
    await expect(row(trial, "Asked in the shadow")).toContainText(/^Asked in the shadow[1-9]\d* claims, 0 without an answer/, { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });

  for (const share of [5, 25, 50]) {
    await ready(page);
    const widen = fold(page, `Let it answer ${share}% of the claims`);
    await widen.locator("summary").click();
    await field(widen, "What speaks for it").fill("Nearer on whiplash.");
    await widen.getByRole("button").click();
    await expect(row(trial, "Standing")).toContainText(`Answers ${share}% of the claims`);
  }
  const who = new Set<string>();
  for (let n = 0; n < 14 && who.size < 2; n++) who.add((await answering(handler)).includes("ridge-c v1") ? "on trial" : "serving");
  expect([...who].sort()).toEqual(["on trial", "serving"]);

  const end = fold(page, "End the trial");
  await end.locator("summary").click();
  await field(end, "Why").fill("Enough was seen.");
  await end.getByRole("button").click();
  await expect(row(trial, "Standing")).toContainText("Ended");
  await expect(row(trial, "Enough was seen.")).toBeVisible();
  expect(await answering(handler)).toContain("ridge-a v1");
});

test("story 26: predictions and decisions are browsed and downloaded without personal data", async ({ as }) => {
  const handler = demo("handler@harbour.example");
  const claim = await enterClaim(handler, {
    driver_age: "97", gender: "Female", special_therapy: "431.07",
    accident_description: "Mrs Penelope Quill was hit.", injury_description: "Neck of Penelope Quill.",
  });
  const page = await as(demo("engineer@harbour.example"));
  await go(page, "/predictions");
  const shown = table(page, "Predictions and what people made of them");
  await expect(shown.locator("tbody tr")).toHaveCount(50);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: /^Download CSV/ }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("predictions.csv");
  const csv = readFileSync(await download.path(), "utf8");
  const [header, ...rows] = csv.trim().split("\n");
  const columns = header.split(",").map((c) => c.trim());
  for (const wanted of ["prediction_id", "predicted", "lower", "upper", "decision", "decided", "override_reason", "outcome", "label_tier"]) {
    expect(columns).toContain(wanted);
  }
  expect(columns.filter((c) => /name|gender|driver|reference|description|address|mail/.test(c))).toEqual([]);
  expect(rows.length).toBeGreaterThan(100);
  const mine = rows.find((r) => r.includes("431.07"));
  expect(mine).toBeDefined();
  expect(mine!.split(",")).not.toContain("97");
  for (const secret of ["Penelope", "Quill", claim.reference, "Female", "Harvey", "handler@"]) expect(csv).not.toContain(secret);
});

test("story 26: handlers may not download the predictions", async ({ as }) => {
  const page = await as(demo("handler@harbour.example"));
  const answer = await page.request.get("/export/predictions.csv");
  expect(answer.status()).toBe(403);
});

test("the operator's engineer uploads for every company", async ({ as }) => {
  train(join(workDir(), "claims.csv"), "shared", "For all.");
  const page = await as(demo("engineer@solatium.example"));
  await uploaded(page, "shared");
  const insurer = await as(demo("engineer@northgate.example"));
  await go(insurer, "/models");
  await expect(row(table(insurer, "Model versions"), "shared v1")).toContainText("Solatium");
});

test("story 20: a model of LightGBM is imported, signed, uploaded, deployed and answers with its reasons", async ({ as }) => {
  const signer = importSigned(join(workDir(), "claims.csv"), "python");
  const page = await as(demo("engineer@harbour.example"));
  await send(page, bundle("python"), "Trained by LightGBM on the team’s own claims.");
  await expect(page.getByText("python v1 passed every check.")).toBeVisible();
  await expect(row(table(page, "Validation"), "signature")).toContainText(signer);
  await page.getByRole("link", { name: "Open the version" }).click();
  await expect(table(page, "Particulars")).toContainText("imported");
  await approved(page, as);
  await deploy(page, "The team's own.");
  const handler = await as(demo("handler@harbour.example"));
  expect(await answering(handler)).toContain("python v1");
  await expect(card(handler, "How it comes about")).toContainText("Physiotherapy");
});
