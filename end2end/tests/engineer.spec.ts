import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import {
  accept, card, column, context, demo, enterClaim, expect, field, go, heading, pence, predicted, ready, row, table, test,
  unique,
} from "../support/app";

/** A form that is folded away, opened. */
async function unfold(page: Page, title: string): Promise<Locator> {
  const fold = page.locator("details.fold").filter({ has: page.locator("summary", { hasText: title }) });
  await fold.locator("summary").first().click();
  return fold;
}

/** Reloads until something stands there: a job makes it. */
async function comes(page: Page, what: () => Locator) {
  await expect(async () => {
    await page.reload();
    await expect(what()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 90_000 });
  await ready(page);
}

const today = () => new Date().toISOString().slice(0, 10);

test("story 26: what a claim finally settled for is recorded, corrected and never edited", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const form = await unfold(page, "Record what it settled for");
  await field(form, "Amount in pounds").fill("900");
  await field(form, "Settled on").fill(today());
  await field(form, "Reference").fill("PAY-1");
  await form.getByRole("button", { name: "Record what it settled for" }).click();
  const known = table(page, "What it finally settled for");
  await expect(known).toContainText("£900");
  await expect(known).toContainText("Outcome");
  const correct = await unfold(page, "Correct what it settled for");
  await field(correct, "Amount in pounds").fill("950.50");
  await correct.getByRole("button", { name: "Correct what it settled for" }).click();
  await expect(known.locator("tbody tr")).toHaveCount(2);
  expect(await column(known, "Standing")).toEqual(["In force", "Corrected"]);
  expect((await column(known, "Amount")).map(pence)).toEqual([95_050, 90_000]);
  // It decides nothing: the claim still waits.
  await expect(page.locator(".decide")).toBeVisible();
});

test("story 26: what repeats the decision on its day judges no model", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await predicted(page);
  await accept(page).click();
  await expect(page.getByText("Prediction accepted").first()).toBeVisible();
  const form = await unfold(page, "Record what it settled for");
  await field(form, "Amount in pounds").fill("900");
  await field(form, "Settled on").fill(today());
  await form.getByRole("button", { name: "Record what it settled for" }).click();
  await expect(page.getByText(/recorded on the day of the decision: for judging models it is an amount that was set after seeing the prediction/)).toBeVisible();
  // What was decided and what was paid are told apart beside the claim's number.
  await expect(page.getByText(/^decided at £[\d,.]+, settled for £900\.00$/)).toBeVisible();
});

test("story 26: outcomes come as a file, and are browsed and downloaded by tier and kind", async ({ as, handler }) => {
  const first = await enterClaim(handler);
  const page = await as(handler);
  await go(page, "/claims/import");
  const csv = `Claim,Settled amount,Settled on,Reference\n${first.reference},812.34,${today()},P-7\nC-999999,5,${today()},\n`;
  await page.getByLabel("CSV or JSON file", { exact: true }).setInputFiles({ name: "outcomes.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByText("outcomes.csv: 1 outcome recorded, 1 row refused.")).toBeVisible();
  expect(await column(table(page, "Rows that were refused"), "How to mend it")).toEqual(["there is no claim of this number or reference: check it"]);
  const engineer = await as(demo("engineer@northgate.example"));
  await go(engineer, "/outcomes?tier=A");
  const shown = table(engineer, "What claims finally settled for");
  await expect(shown).toContainText("£812.34");
  expect(new Set(await column(shown, "Counts as"))).toEqual(new Set(["A: Outcome"]));
  const [csvFile] = await Promise.all([engineer.waitForEvent("download"), engineer.getByRole("link", { name: /^Download CSV/ }).click()]);
  const lines = readFileSync(await csvFile.path(), "utf8").trim().split("\n");
  expect(lines[0]).toContain("outcome_id,claim_id,recorded_at,source,tier,kind,outcome");
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.some((line) => line.includes("812.34"))).toBe(true);
  expect(lines.join()).not.toContain(first.reference);
  const [parquet] = await Promise.all([engineer.waitForEvent("download"), engineer.getByRole("link", { name: "Download Parquet" }).click()]);
  expect(parquet.suggestedFilename()).toBe("outcomes.parquet");
  expect(readFileSync(await parquet.path()).subarray(0, 4).toString()).toBe("PAR1");
});

test("story 27: overrides by reason, kind and direction, down to the words", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const words = unique("WORDS");
  const api = await context(handler.state);
  await api.post("/fn/claims/override", { form: { id: claim.path.split("/").pop()!, amount: "333", reason: "other", note: words, medical_report: "true" } });
  await api.dispose();
  const engineer = await as(demo("engineer@northgate.example"));
  await go(engineer, "/overrides");
  const sums = table(engineer, "By reason, kind and direction");
  expect((await column(sums, "Overrides")).map(Number)).toEqual([...(await column(sums, "Overrides")).map(Number)].sort((a, b) => b - a));
  await sums.locator("tbody tr").filter({ has: engineer.locator("td", { hasText: /^Other$/ }) }).filter({ hasText: "Less" }).first().getByRole("link", { name: "One by one" }).click();
  await expect(engineer).toHaveURL(/reason=other/);
  await expect(table(engineer, "One by one, newest first")).toContainText(words);
  // The words stay with the insurer.
  const ours = await as(demo("engineer@solatium.example"));
  await go(ours, "/overrides?reason=other");
  await expect(table(ours, "One by one, newest first")).toContainText("With the insurer");
  await expect(table(ours, "One by one, newest first")).not.toContainText(words);
});

test("story 28: overridden claims are extracted with what they finally settled for", async ({ as }) => {
  const page = await as(demo("engineer@northgate.example"));
  await go(page, "/overrides");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download CSV of One by one, newest first" }).click(),
  ]);
  const [header, ...rows] = readFileSync(await download.path(), "utf8").trim().split("\n");
  const columns = header.split(",");
  for (const wanted of ["decision_id", "reason", "kind", "predicted", "decided", "difference", "outcome", "outcome_tier"]) expect(columns).toContain(wanted);
  expect(rows.length).toBeGreaterThan(20);
  const at = columns.indexOf("outcome_tier");
  expect(rows.some((line) => line.split(",")[at] === "A")).toBe(true);
});

test("story 30: accuracy by kind, value and month, with the share that has settled beside it", async ({ as }) => {
  const page = await as(demo("engineer@northgate.example"));
  await go(page, "/accuracy");
  const months = table(page, "By month of decision");
  for (const share of await column(months, "Settled")) expect(share).toMatch(/^\d+%$|^–$/);
  expect((await column(months, "Settled")).some((share) => Number.parseInt(share) > 80)).toBe(true);
  await card(page, "Mean error by kind and value").locator("details").evaluate((d) => d.setAttribute("open", ""));
  const kinds = table(page, "Mean error by kind and value");
  expect(await column(kinds, "Claims")).toEqual(expect.arrayContaining(["all claims", "tariff only", "with special damages"]));
  // Few outcomes are no verdict.
  const thin = (await column(kinds, "Outcomes")).map(Number);
  const judged = await column(kinds, "MAE");
  thin.forEach((n, i) => expect(judged[i]).toMatch(n < 60 ? /^Not judged: \d+ of 60$/ : /^£\d/));
});

test("story 31: a drift alert is looked at, acknowledged and muted", async ({ as, refusals }) => {
  refusals.add(404).add(422);
  const page = await as(demo("engineer@harbour.example"));
  const ours = await as(demo("engineer@northgate.example"));
  await go(ours, "/alerts");
  await expect(table(ours, "The last week of each stream")).toContainText("Demo Northgate Insurance");
  await table(ours, "Alerts").getByRole("link", { name: /Physiotherapy/ }).first().click();
  await expect(card(ours, "Week by week")).toContainText("population stability index");
  await expect(table(ours, "How it stands")).toContainText("Demo Northgate Insurance");
  const address = ours.url();
  await go(ours, "/alerts");
  await table(ours, "Alerts").locator("tbody tr").filter({ hasText: "Open" }).first().getByRole("link").click();
  await expect(heading(ours, /^(?!Alerts$)/)).toBeVisible();
  const name = await heading(ours, /./).innerText();
  const known = await unfold(ours, "Acknowledge");
  await field(known, "What you make of it").fill("Prices rose.");
  await known.getByRole("button", { name: "Acknowledge" }).click();
  await expect(table(ours, "How it stands")).toContainText("Acknowledged");
  const mute = await unfold(ours, "Mute until a day");
  await field(mute, "Until").fill("2020-01-01");
  await field(mute, "Why").fill("A new model comes.");
  await mute.getByRole("button", { name: "Mute until a day" }).click();
  await expect(mute.getByText(/give a day from today on/i).first()).toBeVisible();
  await field(mute, "Until").fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
  await mute.getByRole("button", { name: "Mute until a day" }).click();
  await expect(table(ours, "How it stands")).toContainText("Muted until");
  await go(ours, "/alerts?state=muted");
  await expect(table(ours, "Alerts")).toContainText(name);
  // Another company's alert is not found.
  await page.goto(address);
  await expect(page.getByText("There is nothing under this address")).toBeVisible();
});

test("story 25: retraining is planned by London's clocks, run now, and makes a candidate or says why not", async ({ as, refusals }) => {
  test.setTimeout(180_000);
  refusals.add(422);
  const page = await as(demo("engineer@northgate.example"));
  await go(page, "/retraining");
  const results = await column(table(page, "Retrainings"), "Result");
  expect(results.length).toBeGreaterThan(0);
  const plan = await unfold(page, "Plan retraining");
  await field(plan, "How often").selectOption({ label: "By the pattern below" });
  await field(plan, "Or by a pattern").fill("every day");
  await plan.getByRole("button", { name: "Plan it" }).click();
  await expect(plan.getByText(/give five parts/i).first()).toBeVisible();
  await field(plan, "Or by a pattern").fill("30 3 * * 0");
  await plan.getByRole("button", { name: "Plan it" }).click();
  await expect(page.getByText(/^Planned: next on/)).toBeVisible();
  await expect(row(table(page, "The plan in force"), "by London’s clocks")).toContainText("(30 3 * * 0)");
  await expect(table(page, "The next five times").locator("tbody tr")).toHaveCount(5);
  for (const time of await column(table(page, "The next five times"), "When, in London")) expect(time).toContain("03:30");
  const before = results.length;
  const now = await unfold(page, "Retrain now");
  await now.getByRole("button", { name: "Retrain now" }).click();
  await expect(page.getByText("Ordered. What came of it stands here.")).toBeVisible();
  // The page looks again by itself.
  await expect(async () => {
    expect((await column(table(page, "Retrainings"), "Result")).length).toBeGreaterThan(before);
  }).toPass({ timeout: 150_000 });
  const newest = table(page, "Retrainings").locator("tbody tr").first();
  await expect(newest).toContainText(/Candidate|Rejected|Skipped/);
  // Nothing is deployed by itself.
  await go(page, "/models");
  await expect(row(table(page, "Model versions"), "Serving")).toContainText("settlement v2");
});

test("story 29: a fairness report judges the model and people by group, and is recorded as read", async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as(demo("engineer@northgate.example"));
  await go(page, "/fairness");
  const form = await unfold(page, "A report now");
  await form.getByRole("button", { name: "Make a report" }).click();
  await expect(page.getByText("Ordered: the report stands here shortly.")).toBeVisible();
  await comes(page, () => table(page, "Reports").locator("tbody a").first());
  await table(page, "Reports").locator("tbody a").first().click();
  await expect(page.getByText(/^The model is told neither gender nor age/)).toBeVisible();
  for (const title of ["Predictions by gender", "What was decided by gender", "Predictions by age"]) {
    await card(page, title).locator("details").evaluate((d) => d.setAttribute("open", ""));
    expect((await column(table(page, title), "Verdict")).length).toBeGreaterThan(1);
  }
  expect(await column(table(page, "Predictions by gender"), "Group")).toEqual(expect.arrayContaining(["Female", "Male"]));
  const admin = await as(demo("administrator@northgate.example"));
  await go(admin, "/audit?action=fairness.read");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Fairness");
  await expect(admin.locator("main tbody")).toContainText("Read a fairness report");
  const handler = await as(demo("handler@northgate.example"));
  const answer = await handler.request.get("/fairness");
  expect(answer.status()).toBe(403);
});

test("story 34: a report is frozen for an audience, as a page, as HTML and as PDF", async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as(demo("engineer@northgate.example"));
  const title = unique("Third quarter");
  await go(page, "/published");
  const form = await unfold(page, "Publish a report");
  await field(form, "Title").fill(title);
  await field(form, "For", ).selectOption({ label: "Claims handlers" });
  await form.getByRole("button", { name: "Publish it" }).click();
  await expect(page.getByText("Ordered: it stands here shortly")).toBeVisible();
  await comes(page, () => table(page, "Published reports").getByRole("link", { name: title }));
  const handler = await as(demo("handler@northgate.example"));
  await go(handler, "/published");
  await table(handler, "Published reports").getByRole("link", { name: title }).click();
  await expect(heading(handler, title)).toBeVisible();
  await expect(handler.getByText(/^Data: SHA-256 [0-9a-f]{64}/)).toBeVisible();
  for (const kind of ["PDF", "HTML"]) {
    const [download] = await Promise.all([handler.waitForEvent("download"), handler.getByRole("link", { name: `Download ${kind}` }).click()]);
    const bytes = readFileSync(await download.path());
    expect(bytes.length).toBeLessThan(2 << 20);
    expect(bytes.subarray(0, 100).toString("latin1")).toMatch(kind === "PDF" ? /^%PDF-/ : /^<!DOCTYPE html>/);
  }
  // Another insurer's people do not find it.
  const other = await as(demo("handler@harbour.example"));
  await go(other, "/published");
  await expect(other.getByText(title)).toHaveCount(0);
});

test("story 35: training material is written, published and completed by answering five questions", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const page = await as(demo("engineer@northgate.example"));
  const title = unique("What is new");
  await go(page, "/material");
  const form = await unfold(page, "Write material");
  await field(form, "Version").selectOption({ label: "settlement v2" });
  await field(form, "Title").fill(title);
  await field(form, "Text").fill("# What it looks at\n\n- physiotherapy\n- the prognosis\n\n<script>alert(1)</script>");
  for (let n = 1; n <= 5; n++) {
    await field(form, `Question ${n}`).fill(`Which is right, of ${n}?`);
    await field(form, `Right answer to ${n}`).fill(`right ${n}`);
    await field(form, `Wrong answer to ${n}`).fill(`wrong ${n}`);
    await field(form, `Another wrong answer to ${n}`).fill(`as wrong ${n}`);
  }
  await form.getByRole("button", { name: "Save the draft" }).click();
  await expect(heading(page, title)).toBeVisible();
  const learner = await as(handler);
  await go(learner, "/material");
  await expect(learner.getByText(title)).toHaveCount(0);
  const publish = await unfold(page, "Publish");
  await publish.getByRole("button", { name: "Publish it" }).click();
  await expect(page.getByText("Published: handlers find it")).toBeVisible();
  await go(learner, "/material");
  await table(learner, "Training material").getByRole("link", { name: title }).click();
  await expect(learner.getByRole("heading", { level: 2, name: "What it looks at" })).toBeVisible();
  await expect(learner.getByText("<script>alert(1)</script>")).toBeVisible();
  for (let n = 1; n <= 5; n++) await field(learner, `Which is right, of ${n}?`).selectOption({ label: n === 3 ? "wrong 3" : `right ${n}` });
  await learner.getByRole("button", { name: "Answer" }).click();
  await expect(learner.getByText(/This is not it: read the part on it again/).first()).toBeVisible();
  await field(learner, "Which is right, of 3?").selectOption({ label: "right 3" });
  await learner.getByRole("button", { name: "Answer" }).click();
  await expect(learner.getByText("You have completed this training.").first()).toBeVisible();
  await page.reload();
  await expect(table(page, "Who has completed it")).toContainText(handler.name);
});

test("story 33: the words of the explanation are published anew, with what changed, and handlers are told", async ({ as, handler }) => {
  const page = await as(demo("engineer@northgate.example"));
  await go(page, "/models");
  await table(page, "Model versions").getByRole("link", { name: "settlement v2" }).click();
  await expect(heading(page, "settlement v2")).toBeVisible();
  const words = unique("Words");
  const form = await unfold(page, "Explain how its predictions come about");
  await field(form, "In words").fill(`# Physiotherapy\n\n${words}: what is claimed for it moves the amount most.`);
  await form.getByRole("button", { name: "Publish these words" }).click();
  await expect(page.getByText("Published: it stands under", { exact: false })).toBeVisible();
  const learner = await as(handler);
  await go(learner, "/help/explanation");
  await expect(learner.getByText(words)).toBeVisible();
  await expect(learner.getByText(/^Version \d+ of these words/)).toBeVisible();
  await go(learner, "/notifications");
  await expect(learner.getByText("How predictions come about has changed").first()).toBeVisible();
});
