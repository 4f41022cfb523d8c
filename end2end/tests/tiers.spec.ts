import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { demo, enterClaim, expect, field, go, heading, inTwoSteps, newcomer, pence, row, table, test, unique } from "../support/app";
import { company, contract, form } from "../support/billing";

/** A company of the test's own that has agreed to a tier. */
async function client(admin: Page, finance: Page, tier: string): Promise<string> {
  const name = await company(admin);
  await contract(finance, name);
  const asked = form(finance, "Agree to these terms");
  await field(asked, "In force from").fill("2026-01-01");
  await field(asked, "Service tier").selectOption({ label: `${tier}, version 1` });
  await asked.getByRole("button", { name: "Agree to these terms" }).click();
  await expect(row(table(finance, "What was agreed, newest first"), "1 Jan 2026")).toBeVisible();
  return name;
}

test("story 51: a tier opens what it names, and a refusal names the tiers that have it", async ({ as, refusals }) => {
  refusals.add(403);
  const [admin, finance] = [await as(demo("administrator@solatium.example")), await as(demo("finance@solatium.example"))];
  await go(finance, "/prices");
  await expect(row(table(finance, "Service tiers"), "REST interface, Files of claims, Reading documents; 25 seats")).toContainText("Professional");
  const name = await client(admin, finance, "Essential");
  await expect(finance.getByText(/Tier Essential, version 1: Files of claims; 5 seats/)).toBeVisible();
  // Claims are entered by hand under every tier.
  await enterClaim(await newcomer("handler", name));
  // A key of the interface is not part of it.
  await go(admin, "/api-keys");
  await field(admin, "Company").selectOption({ label: name });
  await field(admin, "What it is for").fill("Ours");
  await admin.getByRole("button", { name: "Make a key" }).click();
  await expect(admin.getByRole("alert").first()).toContainText("REST interface is not part of the tier “Essential”. “Enterprise” and “Professional” have it");
});

test("story 51: finance adds a tier, and its next version", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/prices");
  await page.getByText("Add a service tier", { exact: true }).click();
  const asked = form(page, "Add the tier");
  const name = unique("Tier").slice(0, 30);
  await field(asked, "Name").fill(name);
  await field(asked, "Reading documents").check();
  await field(asked, "Seats").fill("none");
  await asked.getByRole("button", { name: "Add the tier" }).click();
  await expect(page.getByRole("alert").first()).toContainText("whole number of people");
  await field(asked, "Seats").fill("3");
  await field(asked, "Rate card").selectOption({ label: "Professional, version 1" });
  await asked.getByRole("button", { name: "Add the tier" }).click();
  const mine = row(table(page, "Service tiers"), name);
  await expect(mine).toContainText("Reading documents; 3 seats");
  await expect(mine).toContainText("Professional, version 1");
});

test("story 79: a manager asks for another tier, sees what it would cost, and finance approves it", async ({ as }) => {
  const [admin, finance] = [await as(demo("administrator@solatium.example")), await as(demo("finance@solatium.example"))];
  const name = await client(admin, finance, "Essential");
  const manager = await as(await newcomer("manager", name));
  await contract(manager, name);
  // Both sides see what the last months would have cost.
  await field(manager, "What it would have cost on the tier").selectOption({ label: "Professional, version 1" });
  await manager.getByRole("button", { name: "Compare" }).click();
  await expect(table(manager, "The last three months on the tier Professional, version 1")).toBeVisible();
  await manager.getByText("Ask for another tier", { exact: true }).click();
  const asked = form(manager, "Ask for it");
  await field(asked, "Tier").selectOption({ label: "Professional, version 1" });
  await field(asked, "Note").fill("We connect our own system");
  await asked.getByRole("button", { name: "Ask for it" }).click();
  await expect(manager.getByText(/Tier Professional, version 1 is asked for from .* “We connect our own system”/)).toBeVisible();
  await expect(manager.getByText(/would come to £.* as agreed, and to £/)).toBeVisible();
  await expect(form(manager, "Approve the tier")).toHaveCount(0);
  // Finance sees it among the contracts.
  await go(finance, "/contracts");
  await row(table(finance, "Requests for another tier"), name).getByRole("link").click();
  await expect(finance.getByText(/would come to £.* as agreed, and to £/)).toBeVisible();
  await form(finance, "Approve the tier").getByRole("button").click();
  await expect(row(table(finance, "Requests for a tier"), "Professional")).toContainText("Approved");
  await expect(row(table(finance, "What was agreed, newest first"), "Tier Professional, version 1, as their manager asked.")).toBeVisible();
  // The manager is told.
  await go(manager, "/notifications");
  await expect(manager.getByText("The service tier that you asked for is agreed.")).toBeVisible();
});

test("story 79: finance declines with a reason, and a request is taken back", async ({ as, refusals }) => {
  refusals.add(422);
  const [admin, finance] = [await as(demo("administrator@solatium.example")), await as(demo("finance@solatium.example"))];
  const name = await client(admin, finance, "Professional");
  const manager = await as(await newcomer("manager", name));
  const ask = async () => {
    await contract(manager, name);
    await manager.getByText("Ask for another tier", { exact: true }).click();
    const asked = form(manager, "Ask for it");
    await field(asked, "Tier").selectOption({ label: "Enterprise, version 1" });
    await asked.getByRole("button", { name: "Ask for it" }).click();
    await expect(manager.getByText(/Tier Enterprise, version 1 is asked for/)).toBeVisible();
  };
  await ask();
  await form(manager, "Take the request back").getByRole("button").click();
  await expect(row(table(manager, "Requests for a tier"), "Enterprise")).toContainText("Withdrawn");
  await ask();
  await contract(finance, name);
  await finance.getByText("Decline it", { exact: true }).first().click();
  const declined = form(finance, "Decline it");
  await field(declined, "Why").fill("After the renewal in spring");
  await declined.getByRole("button", { name: "Decline it" }).click();
  await expect(row(table(finance, "Requests for a tier"), "Declined")).toContainText("After the renewal in spring");
});

test("story 77: a manager says how much use is meant, and is told in time", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(await newcomer("manager"));
  await go(page, "/billing-profile");
  await page.getByText("When to tell you of your use", { exact: true }).click();
  const asked = form(page, "Save").filter({ has: page.getByLabel("Predictions you mean to use in a billing period") });
  await field(asked, "Predictions you mean to use in a billing period").fill("many");
  await asked.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert").first()).toContainText("whole number of predictions");
  await field(asked, "Predictions you mean to use in a billing period").fill("100000");
  await asked.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved\. [\d,]+ of the 100,000 predictions that you mean to use/)).toBeVisible();
  await go(page, "/usage");
  await expect(page.getByText(/of the 100,000 predictions that you mean to use in .* are used/)).toBeVisible();
});

test("story 60: lateness is charged by a document of its own", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/invoices?standing=overdue");
  await row(table(page, "Invoices"), "Demo Northgate Insurance").last().getByRole("link").click();
  await page.getByText("Charge for late payment", { exact: true }).click();
  await expect(page.getByText(/of interest at 8% above the base rate and the fixed sum of £/)).toBeVisible();
  await form(page, "Draft the charge").getByRole("button").click();
  await expect(heading(page, "Draft late payment charge")).toBeVisible();
  await expect(page.getByText(/Statutory interest on SOL-/).first()).toBeVisible();
  await expect(page.getByText(/Fixed sum for the late payment of SOL-/).first()).toBeVisible();
  // It is thrown away: other tests count what is at work.
  await inTwoSteps(page, "Discard");
  await expect(page).toHaveURL(/\/invoices/);
});

test("story 58: an issued invoice is had as UBL", async ({ as }) => {
  const page = await as(demo("finance@northgate.example"));
  await go(page, "/invoices");
  await row(table(page, "Invoices"), "SOL-0").first().getByRole("link").first().click();
  const named = heading(page, /SOL-/);
  await expect(named).toBeVisible();
  const number = /SOL-[A-Z-]*\d+/.exec(await named.innerText())![0];
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "E-invoice (UBL)" }).click()]);
  expect(download.suggestedFilename()).toBe(`${number}.xml`);
  const xml = readFileSync(await download.path(), "utf8");
  expect(xml).toContain(`<cbc:ID>${number}</cbc:ID>`);
  const total = pence(`£${/<cbc:PayableAmount currencyID="GBP">([^<]*)</.exec(xml)?.[1]}`);
  const shown = await page.locator("dl, table, section").getByText(/£/).allInnerTexts();
  expect(shown.map((t) => (/^£[\d,.]+$/.test(t.trim()) ? pence(t.trim()) : -1))).toContain(total);
});
