import {
  card, column, decision, demo, enterClaim, expect, field, go, heading, newcomer, row, table, test,
} from "../support/app";

async function flagged(as: (p: never) => Promise<import("@playwright/test").Page>, person: Parameters<typeof enterClaim>[0]) {
  const claim = await enterClaim(person);
  const page = await as(person as never);
  await go(page, claim.path);
  await page.getByRole("button", { name: "Ask for a review" }).click();
  await field(page, "What should the manager look at?").fill("Liability is disputed.");
  await page.getByRole("button", { name: "Flag for review" }).click();
  await expect(decision(page)).toContainText("A manager reviews this claim.");
  const number = (await heading(page, /^Claim /).innerText()).replace("Claim ", "");
  return { ...claim, number, page };
}

test("story 69: a manager sees what each member of the team did", async ({ as, manager }) => {
  const person = await newcomer("handler");
  const [first] = [await enterClaim(person), await enterClaim(person)];
  const hers = await as(person);
  await go(hers, first.path);
  await hers.locator(".decide form > .button.primary").click();
  await expect(decision(hers)).toContainText(/settled for £/);
  const page = await as(manager);
  await go(page, "/dashboard");
  await page.getByRole("link", { name: "Team", exact: true }).click();
  await expect(heading(page, "Team")).toBeVisible();
  const team = table(page, "The team’s last 30 days");
  await expect(row(team, person.name)).toBeVisible();
  const columns = await team.locator("thead th").allInnerTexts();
  const cells = await row(team, person.name).locator("td").allInnerTexts();
  const activity = Object.fromEntries(columns.map((c, i) => [c.trim().toLowerCase(), cells[i].trim()]));
  expect(activity).toMatchObject({
    name: person.name, role: "Claims handler", entered: "2", decided: "1", accepted: "1", overridden: "0", "still open": "1",
  });
  // Nobody of another company.
  await expect(team).not.toContainText("Harvey Stone");
});

test("story 71: a manager settles a flagged claim, and the handler is told", async ({ as, manager }) => {
  const person = await newcomer("handler");
  const claim = await flagged(as as never, person);
  const page = await as(manager);
  await go(page, "/reviews");
  await table(page, "Claims that wait for review").getByRole("link", { name: claim.number, exact: true }).click();
  await expect(heading(page, `Claim ${claim.number}`)).toBeVisible();
  await expect(decision(page)).toContainText("Liability is disputed.");
  await page.getByRole("button", { name: "Settle for another amount" }).click();
  await field(page, "Settle for, in pounds").fill("600");
  await field(page, "Why").selectOption({ label: "Liability is disputed or shared" });
  await page.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(decision(page)).toContainText("settled for £600.00");
  await expect(decision(page)).toContainText(`by ${manager.name}`);
  await go(page, "/reviews");
  await expect(page.locator("main")).not.toContainText(claim.number);
  // Told when it can no longer be undone.
  const told = claim.page.getByRole("link", { name: `Claim ${claim.number} was reviewed: settled for £600.00.` });
  await expect(async () => {
    await go(claim.page, "/notifications");
    await expect(told).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 25_000 });
});

test("story 71: a manager accepts the prediction of a flagged claim", async ({ as, handler, manager }) => {
  const claim = await flagged(as as never, handler);
  const page = await as(manager);
  await go(page, claim.path);
  await page.locator(".decide form > .button.primary").click();
  await expect(decision(page)).toContainText("Prediction accepted by");
});

test("story 71: a handler may not open the review queue", async ({ as, handler, refusals }) => {
  refusals.add(403);
  const page = await as(handler);
  await go(page, "/dashboard");
  await expect(page.getByRole("link", { name: "Reviews" })).toHaveCount(0);
  await go(page, "/reviews");
  await expect(page.getByRole("alert")).toBeVisible();
});

test("story 72: the company's dashboard shows its claims", async ({ as }) => {
  const page = await as(demo("manager@northgate.example"));
  await go(page, "/dashboard");
  await expect(heading(page, "Your company")).toBeVisible();
  for (const name of ["Waiting for review", "Entered", "To decide", "Decided", "Overridden"]) {
    await expect(page.locator(".tile").filter({ hasText: name }).locator("dd strong").first()).toHaveText(/\d/);
  }
  const weekly = card(page, "Decisions a week");
  await expect(weekly.locator("svg:visible")).toBeVisible();
  await weekly.getByText("Show as a table").click();
  const weeks = (await column(table(weekly, "Decisions a week"), "Decisions")).map(Number);
  expect(weeks).toHaveLength(12);
  expect(weeks.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  await expect(row(table(page, "The team’s last 30 days"), "Hannah Reed")).toBeVisible();
  await expect(page.locator("main")).not.toContainText("Harvey Stone");
});
