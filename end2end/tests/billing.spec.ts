import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { Person } from "../support/people";
import { card, column, demo, enterClaim, expect, field, go, heading, inTwoSteps, newcomer, pence, row, table, test, unique } from "../support/app";
import { company, contract, form } from "../support/billing";

interface Terms { price: string; days: string; from: string; cycle?: "Monthly" | "Quarterly"; also?: Record<string, string> }

async function agree(page: Page, name: string, terms: Terms) {
  await contract(page, name);
  const asked = form(page, "Agree to these terms");
  await field(asked, "In force from").fill(terms.from);
  await field(asked, "Price a prediction, in pounds").fill(terms.price);
  await field(asked, "Invoiced").selectOption({ label: terms.cycle ?? "Monthly" });
  await field(asked, "Days to pay").fill(terms.days);
  for (const [label, value] of Object.entries(terms.also ?? {})) await field(asked, label).fill(value);
  await asked.getByRole("button", { name: "Agree to these terms" }).click();
}

/** Takes a draft through review: a colleague approves it, and it is issued. */
async function issue(page: Page, as: (person: Person) => Promise<Page>) {
  await inTwoSteps(page, "Send for review");
  await expect(page.getByText("You prepared this: a colleague approves it.")).toBeVisible();
  const colleague = await as(demo("finance.lead@solatium.example"));
  await go(colleague, new URL(page.url()).pathname);
  await inTwoSteps(colleague, "Approve");
  await expect(colleague.locator(".lead")).toContainText("approved by Frank Moss");
  await page.reload();
  await inTwoSteps(page, "Issue");
}

const agreed = (page: Page) => table(page, "What was agreed, newest first");

test("story 51: a price per prediction is agreed with a company", async ({ as }) => {
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/contracts");
  await expect(row(table(page, "In force today"), name)).toContainText("No price");
  await agree(page, name, { price: "1.875", days: "30", from: "2026-01-01" });
  await expect(row(agreed(page), "1.875")).toContainText("Flora Grant");
  await go(page, "/contracts");
  await expect(row(table(page, "In force today"), name)).toContainText("£1.875 a prediction");
  // What the company uses is metered at once.
  const person = await newcomer("handler", name);
  await enterClaim(person);
  await go(page, "/usage");
  const used = row(table(page, "By company"), name);
  await expect(used.locator("td").nth(1)).toHaveText("1");
  await expect(used.locator("td").nth(2)).toHaveText("1");
});

test("story 51: terms that cannot be are refused beside the field", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("finance@solatium.example"));
  await agree(page, "Demo Harbour Mutual", { price: "cheap", days: "500", from: "2099-01-01" });
  await expect(page.getByRole("alert").getByRole("link")).toHaveCount(2);
  const asked = form(page, "Agree to these terms");
  await expect(field(asked, "Price a prediction, in pounds")).toHaveAttribute("aria-invalid", "true");
  await expect(field(asked, "Days to pay")).toHaveAccessibleDescription(/from 0 to 120/);
});

test("story 55: a rate card has tiers, and its calculator says what any quantity costs", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  const name = unique("Tiers");
  await go(page, "/prices");
  const asked = form(page, "Add the card");
  await field(asked, "Name of the card").fill(name);
  await field(asked, "Priced by").selectOption({ label: "Graduated tiers" });
  await field(asked, "Tiers").fill("1000: 2\n: 1.50");
  await field(asked, "Free predictions a period").fill("100");
  await asked.getByRole("button", { name: "Add the card" }).click();
  await expect(page.getByText(`“${name}” version 1 can be agreed to.`)).toBeVisible();
  await row(table(page, "Rate cards"), name).getByRole("link").first().click();
  // The page of before has the same field: the card's is there with its bill.
  await expect(page).toHaveURL(/card=/);
  await expect(table(page, "What 1,000 predictions cost")).toContainText("free allowance of 100");
  await field(page, "Predictions in a month").fill("1,300");
  await page.getByRole("button", { name: "Calculate" }).click();
  const bill = table(page, "What 1,300 predictions cost");
  await expect(row(bill, "within the free allowance of 100")).toContainText("£0.00");
  await expect(row(bill, "units 1 to 1000")).toContainText("£2,000.00");
  await expect(row(bill, "units from 1001 on")).toContainText("£300.00");
  await expect(row(bill, "Net, before VAT")).toContainText("£2,300.00");
});

test("story 54: terms change from a date on; what was agreed stays on record", async ({ as, refusals }) => {
  refusals.add(422);
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  await agree(page, name, { price: "2", days: "30", from: "2026-01-01" });
  await expect(agreed(page).getByRole("row")).toHaveCount(2);
  await agree(page, name, { price: "2", days: "14", from: "2026-02-01" });
  await expect(agreed(page).getByRole("row")).toHaveCount(3);
  await expect(row(agreed(page), "1 Jan 2026")).toContainText("30");
  // Nothing is rewritten.
  await agree(page, name, { price: "3", days: "14", from: "2026-02-01" });
  await expect(page.getByRole("alert")).toContainText("never rewritten");
  // Terms of the future are not in force yet.
  await agree(page, name, { price: "9", days: "60", from: "2099-01-01" });
  await expect(agreed(page).getByRole("row")).toHaveCount(4);
  await go(page, "/contracts");
  await expect(row(table(page, "In force today"), name)).toContainText("£2.00 a prediction");
  // A VAT rate is added for a day to come.
  await go(page, "/prices");
  await page.getByText("Add a VAT rate").click();
  const vat = form(page, "Add the rate");
  await field(vat, "Standard rate in percent").fill("21");
  await field(vat, "In force from").fill("2020-01-01");
  await vat.getByRole("button", { name: "Add the rate" }).click();
  await expect(page.getByRole("alert")).toContainText("a day to come");
});

test("story 53: a company is invoiced by quarter, and changes only where a quarter begins", async ({ as, refusals }) => {
  refusals.add(422);
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  await agree(page, name, { price: "2", days: "30", from: "2026-01-01" });
  await expect(row(agreed(page), "1 Jan 2026")).toContainText("Monthly");
  await agree(page, name, { price: "2", days: "30", from: "2026-02-01", cycle: "Quarterly" });
  await expect(page.getByRole("alert")).toContainText("where a quarter begins");
  await agree(page, name, { price: "2", days: "30", from: "2026-04-01", cycle: "Quarterly" });
  await expect(row(agreed(page), "1 Apr 2026")).toContainText("Quarterly");
  await expect(agreed(page).getByRole("row")).toHaveCount(3);
});

test("story 52: a contract has a committed spend, a discount, an order number, an end and its notice", async ({ as, refusals }) => {
  refusals.add(422);
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(demo("finance@solatium.example"));
  const also = {
    "Discount on everything, in percent": "10", "What the discount is called": "Launch", "First day without the discount": "2026-07-01",
    "Committed spend a period, in pounds": "500", "At most a period, in pounds": "400", "Purchase order": "PO-77",
  };
  await agree(page, name, { price: "2", days: "30", from: "2026-01-01", also });
  await expect(page.getByRole("alert")).toContainText("lies below the committed spend");
  await agree(page, name, { price: "2", days: "30", from: "2026-01-01", also: { ...also, "At most a period, in pounds": "5000" } });
  const first = row(agreed(page), "1 Jan 2026");
  await expect(first).toContainText("Launch 10% until 1 Jul 2026, committed to £500.00, at most £5,000.00");
  await expect(first).toContainText("PO-77");
  await page.getByText("End, renewal and notice").click();
  const end = form(page, "Save");
  await field(end, "Ends or renews on").fill("2027-12-31");
  await field(end, "Days of notice").fill("90");
  await end.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("notice is to be given by 2 October 2027")).toBeVisible();
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
    // Nothing is noted about a usual month: it waits for a colleague already.
    const send = page.getByRole("button", { name: "Send for review" });
    if (await send.isVisible()) await inTwoSteps(page, "Send for review");
    await expect(page.getByText("You prepared this: a colleague approves it.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Approve", exact: true })).toHaveCount(0);
    const colleague = await as(demo("finance.lead@solatium.example"));
    await go(colleague, new URL(page.url()).pathname);
    await colleague.getByText("Send it back").first().click();
    const back = form(colleague, "Send it back");
    await field(back, "What is to be mended").fill("Say what the re-runs were.");
    await back.getByRole("button", { name: "Send it back" }).click();
    await expect(colleague.getByText("Sent back by Frank Moss: Say what the re-runs were.")).toBeVisible();
    await page.reload();
    await inTwoSteps(page, "Send for review");
    await expect(page.getByText("You prepared this: a colleague approves it.")).toBeVisible();
    await go(colleague, new URL(page.url()).pathname);
    await inTwoSteps(colleague, "Approve");
    await expect(colleague.locator(".lead")).toContainText("approved by Frank Moss");
    await page.reload();
    await inTwoSteps(page, "Issue");
    await expect(heading(page, /^Invoice \S+/)).toBeVisible();
    const number = (await heading(page, /^Invoice/).innerText()).replace("Invoice ", "");
    await expect(page.getByRole("button", { name: /^(Approve|Issue|Discard)$/ })).toHaveCount(0);

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

/** An invoice of the test's own company, written, approved by a colleague and issued: its page. */
async function written(as: (who: Person) => Promise<Page>, name: string, pounds: string): Promise<Page> {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/invoices");
  await page.getByText("Write an invoice").click();
  const asked = form(page, "Draft it");
  await field(asked, "Company").selectOption({ label: name });
  await field(asked, "What it is for").fill("A day of training");
  await field(asked, "Price of one, in pounds").fill(pounds);
  await asked.getByRole("button", { name: "Draft it" }).click();
  await expect(heading(page, "Draft invoice")).toBeVisible();
  await issue(page, as);
  await expect(heading(page, /^Invoice SOL-/)).toBeVisible();
  return page;
}

const numberOf = async (page: Page) => /SOL-\d+/.exec(await heading(page, /^Invoice/).innerText())![0];

const sum = (page: Page, label: string) => table(page, "Lines").locator("tfoot tr").filter({ hasText: label }).locator("td").last();

test.describe("money in", () => {
  test("story 59: a part is paid, too much is paid, and what is more stands on account", async ({ as, refusals }) => {
    refusals.add(422);
    const page = await written(as, await company(await as(demo("administrator@solatium.example"))), "250");
    const open = pence(await sum(page, "Still open").innerText());
    expect(open).toBe(30_000);
    const number = await numberOf(page);
    const pay = async (amount: number) => {
      const asked = form(page, "Record the payment");
      await field(asked, "Amount").fill((amount / 100).toFixed(2));
      await asked.getByRole("button", { name: "Record the payment" }).click();
    };
    await pay(1000);
    await expect(page.getByText("£10.00 recorded.")).toBeVisible();
    await expect.poll(async () => pence(await sum(page, "Still open").innerText())).toBe(open - 1000);
    await pay(open);
    await expect(page.locator("#p-amount-error")).toContainText("£10.00 more than is open");
    await form(page, "Record the payment").getByLabel("What is more stays on account").check();
    await pay(open);
    await expect(page.getByText("£10.00 of it stands on account")).toBeVisible();
    await expect(sum(page, "Still open")).toHaveText("£0.00");
    await expect(table(page, "Paid and credited").getByRole("row")).toHaveCount(3);
    // The second payment bounces: its part is owed again.
    await go(page, "/payments?left=true");
    await row(table(page, "Payments"), number).getByRole("link").first().click();
    await page.locator("summary").filter({ hasText: /^Reverse$/ }).click();
    const asked = form(page, "Reverse");
    await field(asked, "Why").fill("Returned by the bank");
    await asked.getByRole("button", { name: "Reverse" }).click();
    await expect(page.getByText(/Reversed on .*: Returned by the bank/)).toBeVisible();
    await row(table(page, "What it settled"), number).getByRole("link").first().click();
    expect(pence(await sum(page, "Still open").innerText())).toBe(open - 1000);
  });

  test("story 61: a credit note is drafted, approved by a colleague, and lowers what is owed", async ({ as }) => {
    const page = await written(as, await company(await as(demo("administrator@solatium.example"))), "90");
    const open = pence(await sum(page, "Still open").innerText());
    const path = new URL(page.url()).pathname;
    await page.getByText("Credit it", { exact: true }).click();
    const asked = form(page, "Draft the credit note");
    await field(asked, "Net amount").fill("5.00");
    await field(asked, "Reason").selectOption({ label: "Goodwill" });
    await field(asked, "In words, as the credit note says it").fill("For the outage of the 3rd");
    await asked.getByRole("button", { name: "Draft the credit note" }).click();
    await expect(heading(page, "Draft credit note")).toBeVisible();
    await issue(page, as);
    await expect(heading(page, /^Credit note SOL-CN-/)).toBeVisible();
    await expect(page.getByText("Goodwill: For the outage of the 3rd").first()).toBeVisible();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download the PDF" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^SOL-CN-\d{6}\.pdf$/);
    await go(page, path);
    expect(pence(await sum(page, "Still open").innerText())).toBe(open - 600);
    await expect(row(table(page, "Documents about it"), "SOL-CN-")).toContainText("£6.00");
  });

  test("story 59: the bank's file is matched with suggestions that a person posts", async ({ as }) => {
    const page = await written(as, await company(await as(demo("administrator@solatium.example"))), "70");
    const number = await numberOf(page);
    const open = pence(await sum(page, "Still open").innerText());
    const invoice = new URL(page.url()).pathname;
    const csv = `Date,Description,Amount\n20/11/2026,BACS ${number},${(open / 100).toFixed(2)}\n20/11/2026,${unique("CARD FEE")},-12.50\n`;
    const upload = async () => {
      await go(page, "/bank");
      await page.locator("#f-file").setInputFiles({ name: "bank.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
      await page.getByRole("button", { name: "Upload" }).click();
    };
    await upload();
    await expect(page.getByText("2 new, 0 known, 1 matched.")).toBeVisible();
    await upload();
    await expect(page.getByText("0 new, 2 known, 0 matched.")).toBeVisible();
    await go(page, "/bank");
    const line = row(table(page, "Bank lines"), number).first();
    await expect(line).toContainText("number and amount");
    await line.getByRole("button", { name: /^Post/ }).click();
    await expect(page.getByText(/posted to SOL-/)).toBeVisible();
    await go(page, invoice);
    await expect(sum(page, "Still open")).toHaveText("£0.00");
  });
});

test("story 58: an issued invoice is sent to the billing contact, and to somebody else", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await written(as, await company(await as(demo("administrator@solatium.example"))), "40");
  await expect(async () => {
    await page.reload();
    await expect(row(table(page, "Sent to"), "accounts@client.example")).toContainText("Accepted", { timeout: 500 });
  }).toPass();
  await page.getByText("Send it", { exact: true }).first().click();
  const asked = form(page, "Send it");
  await field(asked, "To").fill("nobody");
  await asked.getByRole("button", { name: "Send it" }).click();
  await expect(page.getByRole("alert")).toContainText("Enter an e-mail address");
  const to = `${unique("ap").toLowerCase().replace(/[^a-z0-9]/g, "")}@client.example`;
  await field(asked, "To").fill(to);
  await asked.getByRole("button", { name: "Send it" }).click();
  await expect(page.getByText("It is on its way.")).toBeVisible();
  await expect(row(table(page, "Sent to"), to)).toHaveCount(1);
});

test("story 60: an overdue invoice is reminded of, by the schedule's next step, unless it is disputed", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/invoices?standing=overdue");
  await row(table(page, "Invoices"), "Demo Harbour Mutual").last().getByRole("link").click();
  // It is disputed: reminders wait.
  await expect(page.getByText(/^Disputed: /)).toBeVisible();
  await expect(page.getByText("Remind them now")).toHaveCount(0);
  await page.getByText("End the dispute").click();
  await form(page, "The dispute is over").getByRole("button").click();
  const sent = table(page, "Reminders").getByRole("row");
  await expect(page.getByText("Remind them now")).toBeVisible();
  const before = await sent.count();
  await page.getByText("Remind them now").click();
  await form(page, "Send the reminder").getByRole("button").click();
  await expect(page.getByText(/is on its way/)).toBeVisible();
  await expect.poll(() => sent.count()).toBe(Math.max(before, 1) + 1);
  // What they owe, by how long, and their statement.
  await go(page, "/debtors");
  await row(table(page, "Aged debtors"), "Demo Harbour Mutual").getByRole("link").click();
  await expect(heading(page, "Statement of Demo Harbour Mutual")).toBeVisible();
  const statement = table(page, "Statement of account");
  const numbers = (await column(statement, "Balance")).map(pence);
  const [charged, paid] = [await column(statement, "Charged"), await column(statement, "Paid or credited")]
    .map((all) => all.filter((t) => t.includes("£")).map(pence).reduce((a, b) => a + b, 0));
  expect(numbers[0] + charged - paid).toBe(numbers[numbers.length - 1]);
});

test("story 64: what was issued goes to the accounting program in batches, each document once", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/accounting");
  const upto = new Date(Date.now() - 180 * 86_400_000).toISOString().slice(0, 10);
  const asked = form(page, "Make the batch");
  await field(asked, "Program").selectOption({ label: "QuickBooks Online" });
  await field(asked, "Documents up to").fill(upto);
  await asked.getByRole("button", { name: "Make the batch" }).click();
  await expect(page.getByText(/A batch of \d+ documents is ready/)).toBeVisible();
  const file = page.getByRole("link", { name: /^Download QuickBooks Online: \d+ documents/ }).first();
  const get = async () => (await page.request.get((await file.getAttribute("href"))!)).text();
  const first = await get();
  expect(first.split("\n")[0]).toContain("*InvoiceNo,*Customer,*InvoiceDate");
  expect(first).toContain("SOL-000001");
  expect(await get()).toBe(first);
  await field(asked, "Program").selectOption({ label: "QuickBooks Online" });
  await field(asked, "Documents up to").fill(upto);
  await asked.getByRole("button", { name: "Make the batch" }).click();
  await expect(page.getByRole("alert")).toContainText("has everything up to this day");
});

test("story 67: a quarter's output tax, down to each supply, and the quarter is closed", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/vat");
  const quarters = await field(page, "Quarter").locator("option").allInnerTexts();
  await field(page, "Quarter").selectOption({ label: quarters[1].trim() });
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/quarter=/);
  const box = pence(await page.locator(".tile").filter({ hasText: "Box 1" }).locator("strong, .figure").first().innerText());
  const supplies = table(page, "Supplies");
  const vat = (await column(supplies, "VAT")).map(pence).reduce((a, b) => a + b, 0);
  expect(vat).toBe(box);
  expect(box).toBeGreaterThan(0);
  await page.getByText("Close this quarter").first().click();
  await form(page, "Close this quarter").getByRole("button").click();
  await expect(page.getByText("nothing is booked into it any more")).toBeVisible();
});

test("story 80: a manager sees what their company agreed to, until when, and what it cost", async ({ as }) => {
  const page = await as(demo("manager@northgate.example"));
  await go(page, "/contracts");
  await row(table(page, "In force today"), "Demo Northgate Insurance").getByRole("link").click();
  await expect(heading(page, "Contract of Demo Northgate Insurance")).toBeVisible();
  await expect(page.getByText(/^Begun on .* notice/)).toBeVisible();
  await expect(agreed(page)).toContainText("£1.85 a prediction");
  await expect(page.getByRole("button", { name: "Agree to these terms" })).toHaveCount(0);
  const costs = (await column(table(page, "The last three months"), "As agreed")).map(pence);
  expect(costs.length).toBe(3);
  expect(costs[0]).toBeGreaterThan(0);
  await expect(page.locator("main")).not.toContainText("Harbour");
});

test("story 77: a manager confirms what a period used, or asks about it, before it is invoiced", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("manager@northgate.example"));
  await go(page, "/usage-statements");
  const list = table(page, "Usage statements");
  await expect(list).not.toContainText("Harbour");
  await row(list, "To confirm").first().getByRole("link").first().click();
  await expect(heading(page, /^Usage of /)).toBeVisible();
  const charged = (await column(table(page, "What is to be charged"), "Predictions")).map((t) => Number(t.replace(/,/g, "")));
  await expect(page.locator(".lead")).toContainText(`${charged.reduce((a, b) => a + b, 0).toLocaleString("en-GB")} charged`);
  await page.getByText("Ask about it").click();
  const asked = form(page, "Send the question");
  await asked.getByRole("button").click();
  await expect(page.getByRole("alert")).toContainText("Say what is not as you count it");
  await field(asked, "What is not as you count it").fill("Our records have ten fewer.");
  await asked.getByRole("button").click();
  await expect(page.getByText("Queried: Our records have ten fewer.")).toBeVisible();
  await form(page, "Confirm").getByRole("button").click();
  await go(page, "/usage-statements");
  await expect(row(list, "Confirmed").first()).toBeVisible();
});

test("story 78: a manager changes where invoices go, and sees what it was", async ({ as, refusals }) => {
  refusals.add(422);
  const name = await company(await as(demo("administrator@solatium.example")));
  const page = await as(await newcomer("manager", name));
  await go(page, "/billing-profile");
  await field(page, "Postal address").fill("9 New Street\nChester");
  await field(page, "Billing contact").fill("nobody");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("Enter the address to which invoices are sent");
  await field(page, "Billing contact").fill("ap@client.example");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(row(table(page, "As it was set, newest first"), "9 New Street, Chester")).toContainText("ap@client.example");
});

test("story 63: what is to come, with a range, and how the forecast did on the months that are known", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/forecast");
  const rows = table(page, "By company and month");
  const [expected, low, high] = [await column(rows, "Net"), await column(rows, "Net low"), await column(rows, "Net high")]
    .map((all) => all.map(pence));
  expect(expected.length).toBeGreaterThanOrEqual(6);
  expected.forEach((net, i) => {
    expect(net).toBeGreaterThanOrEqual(low[i]);
    expect(net).toBeLessThanOrEqual(high[i]);
  });
  await expect(rows).toContainText(/erred \d+% of what the naive forecast did/);
});

test("story 66: a year is planned, and a month's revenue is set beside it with why it is otherwise", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/budget");
  await page.getByText("Plan a year").click();
  const asked = form(page, "Make the budget");
  await field(asked, "First month").fill("soon");
  await asked.getByRole("button").click();
  await expect(page.getByRole("alert")).toContainText("Write a month as 2026-10");
  const months = await field(page, "Month").locator("option").evaluateAll((all) => all.map((o) => (o as HTMLOptionElement).value));
  await field(asked, "First month").fill(months[months.length - 1]);
  await asked.getByRole("button").click();
  await expect(page.getByText(/are planned for \d+ clients/)).toBeVisible();
  const signed = (text: string) => (/[\u2212-]/.test(text) ? -1 : 1) * pence(text.replace(/[+\u2212-]/g, ""));
  const parts = (await column(table(page, "Why it is otherwise"), "Net")).map(signed);
  expect(parts[0] + parts[1] + parts[2]).toBe(parts[3]);
  const apart = (await column(table(page, "By company"), "Difference")).map(signed).reduce((a, b) => a + b, 0);
  expect(apart).toBe(parts[3]);
});

test("story 65: what is left of each client's revenue after its costs, to the penny", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/profit");
  await page.getByText("Enter a cost").click();
  const asked = form(page, "Enter the cost");
  await field(asked, "Amount").fill("100.01");
  await asked.getByRole("button").click();
  await expect(page.getByText(/Compute of .* cost £100.01/)).toBeVisible();
  const compute = (await column(table(page, "By client"), "Compute")).map(pence);
  expect(compute[compute.length - 1]).toBe(10_001);
  expect(compute.slice(0, -1).reduce((a, b) => a + b, 0)).toBe(10_001);
});

test("story 62: revenue by month, for a period of one's own", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/revenue");
  const picture = card(page, "Net revenue by month of issue");
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
  // A figure leads to the documents of which it is made.
  await row(table(page, "By company"), "Demo Northgate Insurance").getByRole("link").click();
  await expect(page).toHaveURL(/\/invoices\?company=com_.*from=2026-02-01&to=2026-04-30/);
  await expect(table(page, "Invoices")).not.toContainText("Demo Harbour Mutual");
  await expect(row(table(page, "Invoices"), "Demo Northgate Insurance").first()).toBeVisible();
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
