import type { Page } from "@playwright/test";
import { expect, field, go, heading, row, table, unique } from "./app";

/** The form that this button sends. */
export const form = (page: Page, button: string) =>
  page.locator("form").filter({ has: page.getByRole("button", { name: button, exact: true }) });

/** A company of the test's own. */
export async function company(admin: Page): Promise<string> {
  const name = `Client ${unique("Bill")}`;
  await go(admin, "/companies");
  await field(admin, "Name").fill(name);
  await field(admin, "Postal address").fill("3 Market Street\nLeeds\nLS1 6DT");
  await field(admin, "Billing contact").fill("accounts@client.example");
  await admin.getByRole("button", { name: "Add the company" }).click();
  await expect(heading(admin, name)).toBeVisible();
  return name;
}

/** The contract's page of a company. */
export async function contract(page: Page, name: string) {
  await go(page, "/contracts");
  await row(table(page, "In force today"), name).getByRole("link").first().click();
  await expect(heading(page, `Contract of ${name}`)).toBeVisible();
}
