import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import {
  accept, card, column, decision, demo, enterClaim, expect, field, go, heading, newcomer, pence, predicted, ready,
  row, table, test, unique,
} from "../support/app";
import { workDir } from "../support/program";

/** The field of the heads’ table in which something else is tried. */
const tried = (page: Page, head: string) => page.getByLabel(`${head}: what if`);

/** A row under the data set's own header, as `solatium generate` and the case study have it. */
function dataSet(rows: Record<string, string>[]): string {
  const header = readFileSync(join(workDir(), "claims.csv"), "utf8").split(/\r?\n/)[0];
  const columns = header.split(",");
  const lines = rows.map((r) => {
    for (const name of Object.keys(r)) if (!columns.includes(name)) throw new Error(`no column ${name} in the data set`);
    return columns.map((c) => r[c] ?? "").join(",");
  });
  return [header, ...lines, ""].join("\n");
}

async function upload(page: Page, name: string, text: string) {
  await go(page, "/claims/import");
  await page.getByLabel("CSV or JSON file").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Upload" }).click();
}

const GOOD = {
  AccidentType: "Rear end", Injury_Prognosis: "F. 6 months", GeneralFixed: "565.0", SpecialTherapy: "400.0",
  "Accident Date": "2026-01-10", "Claim Date": "2026-02-01", Whiplash: "No", Minor_Psychological_Injury: "No", "Driver Age": "44",
};

test("story 5: a CSV file with the data set's header: good rows are kept, the bad one is named", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await upload(page, "claims.csv", dataSet([GOOD, { ...GOOD, GeneralFixed: "lots" }, { ...GOOD, SpecialTherapy: "75.5" }]));
  await expect(page.getByText("claims.csv: 2 claims saved and predicted, 1 row refused.")).toBeVisible();
  const problems = table(page, "Rows that were refused");
  expect(await column(problems, "Line")).toEqual(["3"]);
  expect(await column(problems, "Column")).toEqual(["GeneralFixed"]);
  expect(await column(problems, "Value")).toEqual(["lots"]);
  expect((await column(problems, "How to mend it"))[0].length).toBeGreaterThan(10);
  const kept = table(page, "Claims that were saved");
  expect(await column(kept, "Line")).toEqual(["2", "4"]);
  for (const amount of await column(kept, "Predicted")) expect(amount).toMatch(/^£[\d,]+\.\d\d$/);
  await kept.getByRole("link").first().click();
  await expect(heading(page, /^Claim /)).toBeVisible();
  await expect(card(page, "Prediction")).toContainText("9 in 10 similar claims");
  // Nothing of the bad row was saved.
  await go(page, "/claims?mine=true");
  await expect(page.getByText("2 in all")).toBeVisible();
  // The same rows again are left out unless they are wanted.
  await upload(page, "again.csv", dataSet([GOOD, { ...GOOD, SpecialTherapy: "75.5" }]));
  await expect(page.getByText("again.csv: 0 claims saved and predicted, 0 rows refused, 2 rows left out.")).toBeVisible();
  await expect(page.getByText(/^2 rows were imported before and left out/)).toBeVisible();
});

test("story 5: a JSON file as the API takes claims", async ({ as, handler }) => {
  const page = await as(handler);
  const reference = unique("JSON");
  const claim = {
    accident_type: "Rear end", accident_date: "2026-01-10", claim_date: "2026-02-01", injury_prognosis_months: 6,
    special_therapy_pence: 40_000, external_reference: reference,
  };
  await upload(page, "claims.json", JSON.stringify([claim, { ...claim, claim_date: "2025-01-01", external_reference: "X" }]));
  await expect(page.getByText("claims.json: 1 claim saved and predicted, 1 row refused.")).toBeVisible();
  const problems = table(page, "Rows that were refused");
  expect(await column(problems, "Line")).toEqual(["2"]);
  expect(await column(problems, "Column")).toEqual(["claim_date"]);
  expect(await column(problems, "How to mend it")).toEqual([expect.stringContaining("before the accident")]);
  await go(page, `/claims?search=${reference}`);
  await expect(page.getByText("1 in all")).toBeVisible();
});

test("story 5: a file that is no table is refused with the reason", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const page = await as(handler);
  await upload(page, "claims.csv", "\u0000\u0001\u0002 not a table");
  await expect(page.getByRole("alert")).toContainText("not a text file");
  await upload(page, "claims.json", "[{]");
  await expect(page.getByRole("alert")).toContainText("not valid JSON");
});

test("story 7: a claim is entered by form; the draft comes back after a reload", async ({ as }) => {
  const page = await as(await newcomer("handler"));
  const reference = unique("FORM");
  await go(page, "/claims/new");
  await field(page, "Accident").selectOption({ label: "Rear end" });
  await field(page, "Accident date").fill("2026-03-10");
  await field(page, "Claim made on").fill("2026-04-02");
  await field(page, "Your reference").fill(reference);
  await field(page, "Prognosis in months").fill("6");
  await field(page, "Whiplash").selectOption({ label: "Yes" });
  await page.getByLabel("A medical report has been received").check();
  await field(page, "Physiotherapy").fill("1,420.50");
  await expect(page.getByText("Draft saved.")).toBeVisible();

  await page.reload();
  await ready(page);
  await expect(page.getByText("This is your draft of")).toBeVisible();
  await expect(field(page, "Accident")).toHaveValue("Rear end");
  await expect(field(page, "Accident date")).toHaveValue("2026-03-10");
  await expect(field(page, "Your reference")).toHaveValue(reference);
  await expect(field(page, "Whiplash")).toHaveValue("yes");
  await expect(page.getByLabel("A medical report has been received")).toBeChecked();
  await expect(field(page, "Physiotherapy")).toHaveValue("1,420.50");

  await page.getByRole("button", { name: "Save and predict" }).click();
  await expect(heading(page, /^Claim /)).toBeVisible();
  await expect(page.locator("main")).toContainText(`Reference ${reference}`);
  await expect(tried(page, "Physiotherapy")).toHaveValue("1420.50");
  // The draft became the claim: the form is empty again.
  await go(page, "/claims/new");
  await expect(field(page, "Your reference")).toHaveValue("");
});

test("story 7: mistakes stand beside their fields and in a summary, and what was typed stays", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(await newcomer("handler"));
  await go(page, "/claims/new");
  await field(page, "Accident").selectOption({ label: "Rear end" });
  await field(page, "Accident date").fill("2026-03-10");
  await field(page, "Claim made on").fill("2026-03-01");
  await field(page, "Prognosis in months").fill("soon");
  await field(page, "Physiotherapy").fill("lots");
  await page.getByRole("button", { name: "Save and predict" }).click();
  const summary = page.getByRole("alert");
  await expect(summary.getByRole("link")).toHaveCount(3);
  for (const [label, words] of [
    ["Claim made on", "before the accident"],
    ["Prognosis in months", "from 1 to 60"],
    ["Physiotherapy", "amount in pounds"],
  ]) {
    const input = field(page, label);
    await expect(input).toHaveAttribute("aria-invalid", "true");
    await expect(input).toHaveAccessibleDescription(new RegExp(words));
    await expect(summary).toContainText(words);
  }
  await expect(field(page, "Physiotherapy")).toHaveValue("lots");
  // The summary leads to the field.
  await summary.getByRole("link", { name: /amount in pounds/ }).click();
  await expect(field(page, "Physiotherapy")).toBeFocused();
  await field(page, "Claim made on").fill("2026-04-01");
  await field(page, "Prognosis in months").fill("6");
  await field(page, "Physiotherapy").fill("300");
  await page.getByRole("button", { name: "Save and predict" }).click();
  await expect(heading(page, /^Claim /)).toBeVisible();
});

test("story 8: the prediction: amount, an honest range in words and as a bar, the tariff", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const amount = await predicted(page);
  const prediction = card(page, "Prediction");
  const words = await prediction.locator(".range-words").innerText();
  const [, lower, upper] = /^9 in 10 similar claims settled between (£[\d,.]+\d) and (£[\d,.]+\d)\. (?:\d+ in 100 settled for less, \d+ for more|\d+ in 100 settled for more)\./.exec(words) ?? [];
  expect(pence(lower)).toBeLessThanOrEqual(amount);
  expect(pence(upper)).toBeGreaterThanOrEqual(amount);
  await expect(prediction.getByRole("img", { name: `range from ${lower} to ${upper}` })).toBeVisible();
  // £565: 6 months without psychological injury, accidents from 31 May 2025 (SI 2025/508).
  await expect(prediction.locator(".tariff")).toContainText("£565.00 for 6 months without minor psychological injury, from the 2025 table");
});

test("story 8: the page says that it supports a decision and that a person decides", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await expect(decision(page).getByText("This supports your decision.")).toBeVisible();
  await expect(decision(page).getByText("The prediction settles nothing: a person decides, and can always decide otherwise.")).toBeVisible();
});

test("story 9: the explanation adds up to the amount to the penny", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const amount = await predicted(page);
  const prediction = card(page, "How it comes about");
  const waterfall = prediction.locator(".drawing svg:visible");
  await expect(waterfall).toBeVisible();
  await expect(waterfall).toContainText("Average claim");
  await expect(waterfall).toContainText("Predicted settlement");
  await prediction.getByText("Show as a table").click();
  const figures = table(prediction, "The prediction in figures");
  await expect(figures).toBeVisible();
  const what = await column(figures, "What");
  const pounds = (await column(figures, "Pounds")).map(pence);
  expect(what[0]).toBe("Average claim");
  expect(what.at(-1)).toBe("Predicted settlement");
  expect(pounds.length).toBeGreaterThan(3);
  expect(pounds.at(-1)).toBe(amount);
  expect(pounds.slice(0, -1).reduce((sum, p) => sum + p, 0)).toBe(amount);
  // Who somebody is takes no part.
  expect(what.join(" ")).not.toMatch(/gender|driver|\bage of the driver/i);
});

test("story 9: similar settled claims stand beside the prediction", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const similar = table(page, "Most similar settled claims");
  await expect(similar.locator("tbody tr")).toHaveCount(5);
  const likeness = (await column(similar, "Likeness")).map((text) => Number(text.replace("%", "")));
  expect([...likeness].sort((a, b) => b - a)).toEqual(likeness);
  for (const settled of await column(similar, "Settled")) expect(settled).toMatch(/^£/);
  await similar.getByRole("link").first().click();
  await expect(page).not.toHaveURL(new RegExp(claim.path));
  // Where it was finally paid otherwise, that stands beside the claim's number.
  await expect(decision(page)).toContainText(/(settled for|decided at) £/);
});

test("story 9: what would change it names only what can change, and the sums are right", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const amount = await predicted(page);
  const changes = table(page, "What would change it");
  const words = await column(changes, "Change");
  expect(words.length).toBeGreaterThan(1);
  for (const change of words) expect(change).toMatch(/^with(out)? .*(evidenced|prognosis|psychological|exceptional|no claim)/);
  expect(words.join(" ")).not.toMatch(/gender|driver|age/i);
  const [after, difference] = await Promise.all(["Would be", "Difference"].map((c) => column(changes, c)));
  after.forEach((text, i) => expect(pence(text) - amount).toBe(pence(difference[i])));
  const sizes = difference.map((text) => Math.abs(pence(text)));
  expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
  // The first of them, tried by hand, gives the same.
  const half = words.findIndex((w) => /^with £[\d,.]+ of the physiotherapy evidenced$/.test(w));
  const [, pounds] = /^with £([\d,.]+)/.exec(words[half]) ?? [];
  await tried(page, "Physiotherapy").fill(pounds.replace(",", ""));
  await expect(page.locator(".would-be strong")).toHaveText(after[half]);
});

test("story 9: what if: another amount or prognosis, and the answer follows", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const amount = await predicted(page);
  const answer = page.locator(".would-be strong");
  await tried(page, "Physiotherapy").fill("2420");
  await expect(answer).toBeVisible();
  const dearer = pence(await answer.innerText());
  expect(dearer).toBeGreaterThan(amount);
  await tried(page, "Prognosis, months").fill("18");
  await expect(page.locator(".tariff")).toContainText("for 18 months");
  await expect(page.locator(".range .other")).toBeVisible();
  await expect(page.locator(".would-be")).toContainText("Not saved");
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(tried(page, "Prognosis, months")).toHaveValue("6");
  await expect(answer).toHaveCount(0);
  await tried(page, "Prognosis, months").fill("18");
  // Nothing of it is saved.
  await page.reload();
  await ready(page);
  expect(await predicted(page)).toBe(amount);
  await expect(tried(page, "Physiotherapy")).toHaveValue("420.00");
});

test("story 9: a what-if that cannot be read says what to mend", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await tried(page, "Prognosis, months").fill("7");
  const before = await page.locator(".would-be strong").innerText();
  await tried(page, "Prognosis, months").fill("99");
  await expect(page.locator(".would-be")).toContainText("from 1 to 60");
  await expect(tried(page, "Prognosis, months")).toHaveAttribute("aria-invalid", "true");
  // The last answer stays, greyed.
  await expect(page.locator(".would-be .stale strong")).toHaveText(before);
});

test("story 14: the handler's own dashboard shows recent activity", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await go(page, "/dashboard");
  await expect(heading(page, "Your claims")).toBeVisible();
  await expect(page.getByText("You have not entered a claim yet.")).toBeVisible();
  const claim = await enterClaim(person);
  const accepted = await enterClaim(person);
  await go(page, accepted.path);
  await accept(page).click();
  await expect(decision(page)).toContainText(/settled for £/);
  await go(page, "/dashboard");
  await expect(row(table(page, "Yours to decide, oldest first"), claim.reference)).toBeVisible();
  const recent = table(page, "Your recent claims");
  await expect(row(recent, claim.reference)).toContainText("To decide");
  await expect(row(recent, accepted.reference)).toContainText("Decided");
  const tile = (name: string) => page.locator(".tile").filter({ has: page.locator("dt", { hasText: name }) }).locator("dd strong");
  await expect(tile("To decide")).toHaveText("1");
  await expect(tile("Accepted")).toHaveText("100%");
  await page.locator(".tile").getByRole("link", { name: "To decide" }).click();
  await expect(page).toHaveURL(/status=open&mine=true/);
  await expect(page.getByText("1 in all")).toBeVisible();
});

test("story 15: a claim is found again by reference and by number", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, "/dashboard");
  await page.getByRole("search").getByLabel("Find a claim").fill(claim.reference);
  await page.keyboard.press("Enter");
  await expect(page.getByText("1 in all")).toBeVisible();
  const number = (await column(table(page, "Claims"), "Claim"))[0];
  await field(page, "Number or reference").fill(number);
  await expect(page).toHaveURL(new RegExp(`search=${number}`));
  await expect(row(table(page, "Claims"), claim.reference)).toBeVisible();
  await table(page, "Claims").getByRole("link", { name: number, exact: true }).click();
  await expect(heading(page, `Claim ${number}`)).toBeVisible();
});

test("story 15: another company's claim is not found", async ({ as, handler, refusals }) => {
  refusals.add(404);
  const claim = await enterClaim(handler);
  const stranger = await as(demo("handler@harbour.example"));
  await go(stranger, `/claims?search=${claim.reference}`);
  await expect(stranger.getByText("No claim fits these filters.")).toBeVisible();
  await go(stranger, claim.path);
  await expect(stranger.getByRole("alert")).toBeVisible();
  await expect(stranger.locator("main")).not.toContainText(claim.reference);
});

test("story 16: filters by status, accident and date stand in the address", async ({ as, handler }) => {
  const page = await as(handler);
  await go(page, "/claims");
  const before = await page.getByText(/\d+ in all/).innerText();
  // Each applies at once, and leaves nothing empty in the address.
  await field(page, "Status").selectOption({ label: "Decided" });
  await expect(page).toHaveURL(/status=decided$/);
  await field(page, "Accident").selectOption({ label: "Rear end" });
  await expect(page).toHaveURL(/accident_type=Rear/);
  await field(page, "Entered from").fill("2026-01-01");
  await expect(page).toHaveURL(/from=2026-01-01/);
  await field(page, "Entered until").fill("2026-06-30");
  await expect(page).toHaveURL(/to=2026-06-30/);
  const query = new URL(page.url()).searchParams;
  expect(Object.fromEntries(query)).toEqual({
    status: "decided", accident_type: "Rear end", from: "2026-01-01", to: "2026-06-30",
  });
  const claims = table(page, "Claims");
  await expect(claims).toBeVisible();
  expect(new Set(await column(claims, "Status"))).toEqual(new Set(["Decided"]));
  expect(new Set(await column(claims, "Accident"))).toEqual(new Set(["Rear end"]));
  for (const time of await claims.locator("tbody time").all()) {
    const at = await time.getAttribute("datetime");
    expect(at! >= "2026-01-01" && at! < "2026-07-01", at!).toBe(true);
  }
  const filtered = await page.getByText(/\d+ in all/).innerText();
  expect(filtered).not.toBe(before);
  await expect(page.locator(".filters .set")).toHaveCount(4);

  // One filter is taken off and the others stay; back and forth.
  await field(page, "Accident").selectOption("");
  await expect(page).not.toHaveURL(/accident_type/);
  await expect(field(page, "Status")).toHaveValue("decided");
  await expect(page.getByText(/\d+ in all/)).not.toHaveText(filtered);
  await page.goBack();
  await expect(field(page, "Accident")).toHaveValue("Rear end");
  await expect(page.getByText(/\d+ in all/)).toHaveText(filtered);
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page).toHaveURL(/\/claims$/);
  await expect(field(page, "Status")).toHaveValue("");
  await expect(page.getByText(/\d+ in all/)).not.toHaveText(filtered);
});

test("story 16: the pages of a list are links", async ({ as, handler }) => {
  const page = await as(handler);
  await go(page, "/claims?sort=oldest");
  const first = (await column(table(page, "Claims"), "Claim"))[0];
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/sort=oldest&page=2/);
  await expect(page.getByText("page 2 of")).toBeVisible();
  expect(await column(table(page, "Claims"), "Claim")).not.toContain(first);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Previous" }).click();
  await expect(page.getByText("page 1 of")).toBeVisible();
});
