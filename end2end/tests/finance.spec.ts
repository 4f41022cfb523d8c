import type { Page } from "@playwright/test";
import { column, demo, expect, field, go, pence, row, table, test, unique } from "../support/app";
import { form } from "../support/billing";

test("story 59: the billing service's page says that nothing is connected, and where the two would be apart", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/billing-service");
  await expect(page.getByText(/No billing service is connected: invoices are paid by bank transfer/)).toBeVisible();
  await expect(page.getByText("Nowhere: both say the same.")).toBeVisible();
});

test("story 64: the columns for an accounting program are changed, and what cannot be read is told by its line", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/accounting");
  await page.getByText("Columns for Sage 50", { exact: true }).click();
  const asked = page.locator("form").filter({ has: page.locator('input[value="sage"]') });
  const columns = field(asked, "Columns");
  const usual = await columns.inputValue();
  expect(usual.split("\n")[0]).toBe("Type");
  await columns.fill("Number = Reference\nNothing of it");
  await asked.getByRole("button", { name: "Save the columns" }).click();
  await expect(page.getByRole("alert").first()).toContainText("Line 2: “Nothing of it” is no column of Sage 50");
  const own = `Number = Reference\nCustomer = Account Reference\nAmount = Net Amount\nClass = "${unique("Class").slice(0, 20)}"\nTax Code: T1 -> T20`;
  await columns.fill(own);
  await asked.getByRole("button", { name: "Save the columns" }).click();
  await expect(page.getByText("Batches for Sage 50 are written so from now on.")).toBeVisible();
  await page.reload();
  await page.getByText("Columns for Sage 50", { exact: true }).click();
  await expect(columns).toHaveValue(own);
  // As it was, for whoever looks at the demo's batches next.
  await columns.fill(usual);
  await asked.getByRole("button", { name: "Save the columns" }).click();
  await expect(page.getByText("Batches for Sage 50 are written so from now on.")).toBeVisible();
});

test("story 65: a month's margin is shown by service, and both tables have the same sum", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/profit");
  const month = page.locator("#f-month");
  const months = await month.locator("option").allInnerTexts();
  await month.selectOption({ label: months[3] });
  await page.getByRole("button", { name: "Filter" }).click();
  const services = table(page, "By service");
  await expect(row(services, "Predictions")).toBeVisible();
  const [clients, of] = [await column(table(page, "By client"), "Revenue (net)"), await column(services, "Revenue (net)")];
  expect(pence(of[of.length - 1])).toBe(pence(clients[clients.length - 1]));
  expect(of.slice(0, -1).map(pence).reduce((a, b) => a + b, 0)).toBe(pence(of[of.length - 1]));
});

test("story 54: before the VAT rate changes it is said whom it affects", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/prices");
  await expect(page.getByText(/A new standard rate affects \d+ companies that are charged it \(.*Demo Northgate Insurance/)).toBeVisible();
});
