import {
  accept, card, column, decision, expect, field, heading, newcomer, pence, table, test, unique,
} from "../support/app";

test("without the script: sign in, enter a claim, see the prediction, accept it", async ({ as, refusals }) => {
  refusals.add(422);
  const person = await newcomer("handler");
  const page = await as(undefined, { javaScriptEnabled: false });
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in" }).click();
  await field(page, "E-mail address").fill(person.email);
  await field(page, "Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(heading(page, "Your claims")).toBeVisible();

  await page.getByRole("main").getByRole("link", { name: "Enter a claim" }).click();
  await expect(heading(page, "Enter a claim")).toBeVisible();
  const reference = unique("PLAIN");
  await field(page, "Accident").selectOption({ label: "Rear end" });
  await field(page, "Accident date").fill("2026-03-10");
  await field(page, "Claim made on").fill("2026-04-02");
  await field(page, "Your reference").fill(reference);
  await field(page, "Prognosis in months").fill("6");
  await field(page, "Whiplash").selectOption({ label: "No" });
  await field(page, "Physiotherapy").fill("420");
  await page.getByRole("button", { name: "Save and predict" }).click();
  await expect(heading(page, /^Claim /)).toBeVisible();

  const prediction = card(page, "Prediction");
  const amount = pence(await prediction.locator(".amount").first().innerText());
  expect(amount).toBeGreaterThan(0);
  await expect(prediction).toContainText("9 in 10 similar claims settled between");
  const explained = card(page, "How it comes about");
  await expect(explained.locator(".drawing svg:visible")).toBeVisible();
  await explained.getByText("Show as a table").click();
  const figures = (await column(table(explained, "The prediction in figures"), "Pounds")).map(pence);
  expect(figures.slice(0, -1).reduce((a, b) => a + b, 0)).toBe(amount);

  await accept(page).click();
  await expect(decision(page)).toContainText(`Prediction accepted by ${person.name}`);
});

test("without the script: a claim with a mistake is refused and says where", async ({ as, refusals }) => {
  refusals.add(422);
  const person = await newcomer("handler");
  const page = await as(person, { javaScriptEnabled: false });
  await page.goto("/claims/new");
  await field(page, "Accident").selectOption({ label: "Rear end" });
  await field(page, "Accident date").fill("2026-03-10");
  await field(page, "Claim made on").fill("2026-03-01");
  await field(page, "Prognosis in months").fill("6");
  await field(page, "Physiotherapy").fill("420");
  await page.getByRole("button", { name: "Save and predict" }).click();
  await expect(heading(page, "Enter a claim")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("before the accident");
  await expect(field(page, "Claim made on")).toHaveAttribute("aria-invalid", "true");
});

test("without the script: filters and pages of the claims list", async ({ as, handler }) => {
  const page = await as(handler, { javaScriptEnabled: false });
  await page.goto("/claims");
  await field(page, "Status").selectOption({ label: "Decided" });
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/status=decided/);
  await expect(page.locator(".filters .set")).toHaveCount(1);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/status=decided.*page=2/);
  expect(new Set(await column(table(page, "Claims"), "Status"))).toEqual(new Set(["Decided"]));
});
