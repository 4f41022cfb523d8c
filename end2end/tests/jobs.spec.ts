import { demo, expect, field, go, heading, invitation, table, test, unique } from "../support/app";

test("an administrator sees what runs by itself, what is done and when it runs next", async ({ as }) => {
  // Something to see: a month's drafts, ordered again.
  const finance = await as(demo("finance@solatium.example"));
  await go(finance, "/invoices");
  await finance.getByRole("button", { name: "Generate drafts" }).click();
  await expect(finance.getByText("The drafts are ordered.")).toBeVisible();

  const page = await as(demo("administrator@solatium.example"));
  await go(page, "/dashboard");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Jobs/ }).click();
  await expect(heading(page, "Jobs")).toBeVisible();
  const jobs = page.getByRole("region", { name: "Jobs" });
  await expect(async () => {
    await page.reload();
    const drafting = jobs.getByRole("row").filter({ hasText: "Drafting an invoice" }).filter({ hasText: "Demo Northgate Insurance" });
    await expect(drafting.first()).toContainText("Done", { timeout: 500 });
    await expect(drafting.first()).toContainText("Nothing to draft", { timeout: 500 });
  }).toPass();
  const planned = table(page, "What runs by itself");
  await expect(planned.getByRole("row").filter({ hasText: "Forgetting what has served" })).toContainText("At 03:17.");
  // By its standing.
  await page.getByRole("navigation", { name: "Jobs by standing" }).getByRole("link", { name: /^Done/ }).click();
  await expect(page).toHaveURL(/state=done/);
  await expect(jobs.getByRole("row").nth(1)).toContainText("Done");
});

test("a job that failed says why; one that is cancelled is run again", async ({ as, refusals }) => {
  const page = await as(demo("administrator@solatium.example"));
  const invite = async (local: string) => {
    await go(page, "/people/new");
    await field(page, "Name").fill(`Mila ${local}`);
    await field(page, "E-mail address").fill(`${local}@e2e.example`);
    await field(page, "Role").selectOption({ label: "Finance" });
    await field(page, "Company").selectOption({ label: "Demo Harbour Mutual" });
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("link", { name: "Open" }).click();
    await expect(page.getByText("Has yet to choose a password")).toBeVisible();
  };
  const sending = page.getByRole("region", { name: "Jobs" }).getByRole("row").filter({ hasText: "Sending a mail" });
  await invite(unique("nobody").toLowerCase());
  const person = page.url();
  await expect(async () => {
    await page.goto("/jobs?state=failed");
    await expect(sending.first()).toContainText("The mail server refuses the recipient: correct the address", { timeout: 500 });
  }).toPass();
  // Whoever invited is told, and the person's page says it too.
  await go(page, "/notifications");
  await expect(page.getByText("Sending a mail failed").first()).toBeVisible();
  await page.goto(person);
  await expect(page.getByText("the mail server refuses the address")).toBeVisible();

  const later = unique("later").toLowerCase();
  await invite(later);
  await expect(async () => {
    await page.goto("/jobs?state=waiting");
    await expect(sending.first()).toContainText("Waits for another attempt", { timeout: 500 });
  }).toPass();
  await sending.first().getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("The job is cancelled")).toBeVisible();
  await go(page, "/jobs?state=cancelled");
  await sending.first().getByRole("button", { name: "Run again" }).click();
  await expect(page.getByText("The job is in the queue again.")).toBeVisible();
  expect(await invitation(`${later}@e2e.example`)).toContain("/welcome/");

  // Nobody else's page.
  refusals.add(403);
  const finance = await as(demo("finance@solatium.example"));
  await go(finance, "/jobs");
  await expect(finance.getByRole("alert")).toContainText("Your role does not allow this");
});
