import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import {
  card, column, demo, enterClaim, expect, field, go, heading, inTwoSteps, newcomer, pence, row, table, test,
  unique,
} from "../support/app";

/** A company of the test's own. */
async function company(admin: Page): Promise<string> {
  const name = `Client ${unique("Bill")}`;
  await go(admin, "/companies");
  await field(admin, "Name").fill(name);
  await field(admin, "Postal address").fill("3 Market Street\nLeeds\nLS1 6DT");
  await admin.getByRole("button", { name: "Add the company" }).click();
  await expect(heading(admin, name)).toBeVisible();
  return name;
}

interface Terms { price: string; vat: string; days: string; from: string; cycle?: "Monthly" | "Quarterly" }

async function setTerms(page: Page, name: string, terms: Terms) {
  await go(page, "/prices");
  const form = card(page, "Set terms");
  await field(form, "Company").selectOption({ label: name });
  await field(form, "Price a prediction, in pounds").fill(terms.price);
  await field(form, "VAT rate in percent").fill(terms.vat);
  await field(form, "Days to pay").fill(terms.days);
  await field(form, "Invoiced").selectOption({ label: terms.cycle ?? "Monthly" });
  await field(form, "In force from").fill(terms.from);
  await form.getByRole("button", { name: "Set these terms" }).click();
}

/** The first table of the prices page: what is in force. */
const current = (page: Page) => page.locator("main .table-frame").first();

test("story 51: a price per prediction is set for a company", async ({ as }) => {
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/prices");
  await expect(row(current(page), name)).toContainText("No price");
  await setTerms(page, name, { price: "1.875", vat: "20", days: "30", from: "2026-01-01" });
  await expect(row(current(page), name)).toContainText("1.875");
  await expect(row(table(page, "All terms, newest first"), name)).toContainText("Flora Grant");
  // What the company uses is metered at once.
  const person = await newcomer("handler", name);
  await enterClaim(person);
  await go(page, "/usage");
  const used = row(table(page, "By company"), name);
  await expect(used.locator("td").nth(1)).toHaveText("1");
  await expect(used.locator("td").nth(2)).toHaveText("1");
});

test("story 51: a price that cannot be is refused beside the field", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("finance@solatium.example"));
  await setTerms(page, "Demo Harbour Mutual", { price: "cheap", vat: "20", days: "500", from: "2026-01-01" });
  await expect(page.getByRole("alert").getByRole("link")).toHaveCount(2);
  const form = card(page, "Set terms");
  await expect(field(form, "Price a prediction, in pounds")).toHaveAttribute("aria-invalid", "true");
  await expect(field(form, "Days to pay")).toHaveAccessibleDescription(/from 0 to 120/);
});

test("story 54: VAT rate and payment terms change from a date on; what was in force stays on record", async ({ as }) => {
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  await setTerms(page, name, { price: "2", vat: "20", days: "30", from: "2026-01-01" });
  await expect(row(current(page), name)).toContainText("20%");
  await setTerms(page, name, { price: "2", vat: "17.5", days: "14", from: "2026-02-01" });
  await expect(row(current(page), name)).toContainText("17.5%");
  await expect(row(current(page), name)).toContainText("14");
  const history = row(table(page, "All terms, newest first"), name);
  await expect(history).toHaveCount(2);
  await expect(history.filter({ hasText: "1 Jan 2026" })).toContainText("30");
  // Terms of the future are not in force yet.
  await setTerms(page, name, { price: "9", vat: "25", days: "60", from: "2099-01-01" });
  await expect(history).toHaveCount(3);
  await expect(row(current(page), name)).toContainText("17.5%");
});

test("story 53: a company is invoiced by quarter, and changes only where a quarter begins", async ({ as, refusals }) => {
  refusals.add(422);
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  await setTerms(page, name, { price: "2", vat: "20", days: "30", from: "2026-01-01" });
  await expect(row(current(page), name)).toContainText("Monthly");
  await setTerms(page, name, { price: "2", vat: "20", days: "30", from: "2026-02-01", cycle: "Quarterly" });
  await expect(page.getByRole("alert")).toContainText("where a quarter begins");
  await expect(row(current(page), name)).toContainText("Monthly");
  await setTerms(page, name, { price: "2", vat: "20", days: "30", from: "2026-04-01", cycle: "Quarterly" });
  await expect(row(current(page), name)).toContainText("Quarterly");
  await expect(row(table(page, "All terms, newest first"), name)).toHaveCount(2);
});

// One after the other: they share the drafts of the last month.
test.describe("the last month's invoices", () => {
  test.describe.configure({ mode: "serial" });

  async function draft(page: Page, name: string) {
    await go(page, "/invoices");
    await row(table(page, "Invoices"), "Draft").filter({ hasText: name }).getByRole("link").first().click();
    await expect(heading(page, "Draft invoice")).toBeVisible();
  }

  test("story 53: each company is billed by calendar month", async ({ as }) => {
    const page = await as(demo("finance@solatium.example"));
    await draft(page, "Demo Harbour Mutual");
    const period = page.locator(".facts > div").filter({ hasText: "Period" });
    const [from, to] = await period.locator("time").evaluateAll((all) => all.map((t) => t.getAttribute("datetime")!));
    expect(from).toMatch(/-01$/);
    const last = new Date(Date.UTC(Number(from.slice(0, 4)), Number(from.slice(5, 7)), 0)).toISOString().slice(0, 10);
    expect(to).toBe(last);
    // One invoice a month and company.
    await go(page, "/invoices");
    const rows = await row(table(page, "Invoices"), "Demo Harbour Mutual").allInnerTexts();
    const months = rows.map((r) => r.split("\t")[2]);
    expect(new Set(months).size).toBe(months.length);
    expect(months.length).toBeGreaterThan(6);
  });

  test("story 56: a month's drafts are generated from usage, once", async ({ as }) => {
    const page = await as(demo("finance@solatium.example"));
    await draft(page, "Demo Harbour Mutual");
    const amount = await page.locator(".to-pay").innerText();
    // A draft can be thrown away; its usage is invoiced again.
    await inTwoSteps(page, "Discard");
    await expect(heading(page, "Invoices")).toBeVisible();
    await expect(row(table(page, "Invoices"), "Draft").filter({ hasText: "Demo Harbour Mutual" })).toHaveCount(0);
    await page.getByRole("button", { name: "Generate drafts" }).click();
    // A job for each company; the page follows them.
    const drafts = row(table(page, "Invoices"), "Draft").filter({ hasText: "Demo Harbour Mutual" });
    await expect(drafts).toHaveCount(1);
    await page.getByRole("button", { name: "Generate drafts" }).click();
    await expect(page.getByText("The drafts are ordered.")).toBeVisible();
    await expect(page.getByText(/are being made/)).toHaveCount(0);
    await expect(drafts).toHaveCount(1);
    await draft(page, "Demo Harbour Mutual");
    expect(await page.locator(".to-pay").innerText()).toBe(amount);
  });

  test("story 57: a draft is reviewed line by line, approved, issued with a number, and never changes", async ({ as }) => {
    const page = await as(demo("finance@solatium.example"));
    // The month's usage, to compare the line with.
    await go(page, "/usage");
    const months = await field(page, "Month").locator("option").allInnerTexts();
    await field(page, "Month").selectOption({ label: months[1].trim() });
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/month=/);
    const used = row(table(page, "By company"), "Demo Harbour Mutual");
    const charged = Number((await used.locator("td").nth(2).innerText()).replace(",", ""));

    await draft(page, "Demo Harbour Mutual");
    const line = row(table(page, "Lines"), "Settlement predictions");
    const [, quantity, price, , net] = await line.locator("> td").allInnerTexts();
    expect(Number(quantity.replace(",", ""))).toBe(charged);
    await line.getByText("How the amount comes about").click();
    expect(price).toContain("2.1");
    expect(pence(net)).toBe(charged * 210);
    const steps = line.getByRole("list");
    await expect(steps).toContainText(`${charged} charged`);
    const sums = (await table(page, "Lines").locator("tfoot .number").allInnerTexts()).map(pence);
    expect(sums).toEqual([charged * 210, Math.round(charged * 42), charged * 252]);

    await expect(page.getByRole("button", { name: "Issue", exact: true })).toHaveCount(0);
    await inTwoSteps(page, "Approve");
    await expect(page.locator(".lead")).toContainText("approved by Flora Grant");
    await inTwoSteps(page, "Issue");
    await expect(heading(page, /^Invoice \S+/)).toBeVisible();
    const number = (await heading(page, /^Invoice/).innerText()).replace("Invoice ", "");
    await expect(page.getByRole("button", { name: /Approve|Issue|Discard/ })).toHaveCount(0);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download the PDF" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${number}.pdf`);
    const pdf = readFileSync(await download.path());
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(pdf.length).toBeGreaterThan(2_000);
    const again = await page.request.get(`${new URL(page.url()).pathname}/pdf`);
    expect(Buffer.compare(await again.body(), pdf)).toBe(0);

    // The insurer's finance sees it, and not the other insurer's.
    const theirs = await as(demo("finance@harbour.example"));
    await go(theirs, "/invoices");
    await expect(row(table(theirs, "Invoices"), number)).toContainText("Issued");
    await expect(theirs.locator("main")).not.toContainText("Northgate");
    await expect(theirs.getByRole("button", { name: "Generate drafts" })).toHaveCount(0);
  });
});

test("story 62: revenue by month, for a period of one's own", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/revenue");
  const picture = card(page, "Net revenue by month");
  await expect(picture.locator("svg:visible")).toBeVisible();
  await picture.getByText("Show as a table").click();
  const byMonth = table(picture, "By month of issue");
  await expect(byMonth).toBeVisible();
  expect(await column(byMonth, "Month")).toHaveLength(12);
  await field(page, "From").fill("2026-02-01");
  await field(page, "Until").fill("2026-04-30");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText(/was invoiced from 1 February 2026 to 30 April 2026/)).toBeVisible();
  await picture.getByText("Show as a table").click();
  expect(await column(byMonth, "Month")).toEqual([/Feb/, /Mar/, /Apr/].map((m) => expect.stringMatching(m)));
  const total = (await column(byMonth, "Revenue (net)")).map(pence).reduce((a, b) => a + b, 0);
  const words = await page.getByText(/^Net revenue of/).innerText();
  expect(pence(/£[\d,.]+\d/.exec(words)![0])).toBe(total);
  expect(total).toBeGreaterThan(0);
  const byCompany = (await column(table(page, "By company"), "Revenue (net)")).map(pence).reduce((a, b) => a + b, 0);
  expect(byCompany).toBe(total);
});

test("a report is printed with its filter and its figures, and without what serves the screen alone", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/usage");
  const days = table(page, "By day");
  await expect(days).toBeHidden();
  await page.emulateMedia({ media: "print" });
  for (const name of ["Filter", "Clear", /^Download CSV/]) {
    await expect(page.getByText(name).first()).toBeHidden();
  }
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await expect(field(page, "Month")).toBeVisible();
  await expect(table(page, "By company")).toBeVisible();
  await expect(days).toBeVisible();
});
