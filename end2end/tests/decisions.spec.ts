import type { Page } from "@playwright/test";
import {
  accept, card, column, decision, demo, dialog, enterClaim, expect, field, go, heading, newcomer, pence,
  type Person, predicted, ready, row, table, test,
} from "../support/app";

const override = (page: Page) => dialog(page, "Settle for another amount");

/** A new claim's page with the form for another amount open. */
async function overriding(as: (person: Person) => Promise<Page>, handler: Person) {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const amount = await predicted(page);
  await page.getByRole("button", { name: "Settle for another amount" }).click();
  return { page, form: override(page), amount };
}

async function flag(page: Page, path: string, reason: string) {
  await go(page, path);
  await page.getByRole("button", { name: "Ask for a review" }).click();
  await field(page, "What should the manager look at?").fill(reason);
  await page.getByRole("button", { name: "Flag for review" }).click();
  await expect(decision(page)).toContainText("A manager reviews this claim.");
}

test("story 10: a handler settles for an amount of their own", async ({ as, handler }) => {
  const { page, form, amount } = await overriding(as, handler);
  await field(form, "Settle for, in pounds").fill("1,234.56");
  await field(form, "Why").selectOption({ label: "Negotiated with the claimant's side" });
  await field(form, "In words").fill("Agreed by telephone.");
  await form.getByRole("button", { name: "Settle for this amount" }).click();
  const settled = decision(page);
  await expect(settled).toContainText("settled for £1,234.56");
  await expect(settled).toContainText(`Prediction overridden by ${handler.name}`);
  await expect(card(page, "What happened with this claim")).toContainText("Overrode the prediction with £1,234.56");
  // The prediction stands as it was, and the claim is decided for good.
  await page.reload();
  await ready(page);
  expect(await predicted(page)).toBe(amount);
  await expect(page.getByRole("button", { name: /^Accept/ })).toHaveCount(0);
  await expect(override(page)).toHaveCount(0);
});

test("story 10: an amount that cannot be is refused beside the field", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const { page, form } = await overriding(as, handler);
  await field(form, "Settle for, in pounds").fill("plenty");
  await field(form, "Why").selectOption({ label: "Negotiated with the claimant's side" });
  await form.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(field(form, "Settle for, in pounds")).toHaveAttribute("aria-invalid", "true");
  await field(form, "Settle for, in pounds").fill("-5");
  await form.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(field(form, "Settle for, in pounds")).toHaveAccessibleDescription(/£0 or more/);
  await page.reload();
  await expect(accept(page)).toBeVisible();
});

test("story 11: the reason of an override is asked for, kept, and read by AI engineers", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const { page, form, amount } = await overriding(as, handler);
  await expect(field(form, "Why")).toHaveAttribute("required");
  await field(form, "Settle for, in pounds").fill("777.01");
  await field(form, "Why").selectOption({ label: "Other" });
  await form.getByRole("button", { name: "Settle for this amount" }).click();
  // "Other" needs words.
  await expect(field(form, "In words")).toHaveAccessibleDescription(/say why in a few words/i);
  await field(form, "Why").selectOption({ label: "The prediction looks wrong" });
  await field(form, "In words").fill("The same item stands under two heads.");
  await form.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(decision(page)).toContainText("The prediction looks wrong. The same item stands under two heads.");

  const engineer = await as(demo("engineer@northgate.example"));
  await go(engineer, "/predictions?overridden=true");
  const mine = row(table(engineer, "Predictions and what people made of them"), "£777.01");
  await expect(mine).toContainText("The prediction looks wrong");
  expect((await mine.innerText()).split("\t").map(pence)).toContain(amount);
  // The note stays with the company's handlers.
  await expect(engineer.locator("main")).not.toContainText("two heads");
});

test("story 12: a handler accepts the prediction, and the claim is processed", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const amount = await predicted(page);
  const button = accept(page);
  expect(pence(await button.innerText())).toBe(amount);
  await button.click();
  const settled = decision(page);
  await expect(settled).toContainText(`Prediction accepted by ${handler.name}`);
  expect(pence((await settled.getByText(/settled for/).innerText()).replace(/.*settled for/, ""))).toBe(amount);
  await go(page, `/claims?search=${claim.reference}`);
  await expect(row(table(page, "Claims"), claim.reference)).toContainText("Decided");
  expect((await column(table(page, "Claims"), "Settled")).map(pence)).toEqual([amount]);
});

test("story 12: a whiplash claim is not settled without a medical report", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const claim = await enterClaim(handler, { whiplash: "yes" });
  const page = await as(handler);
  await go(page, claim.path);
  await accept(page).click();
  await expect(page.getByRole("alert")).toContainText("Civil Liability Act 2018, section 6");
  await decision(page).getByLabel("A medical report has been received").first().check();
  await accept(page).click();
  await expect(decision(page)).toContainText("Prediction accepted by");
});

test("story 12: a claim for the whiplash tariff needs a report, whatever it states", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const claim = await enterClaim(handler, { whiplash: "no" });
  const page = await as(handler);
  await go(page, claim.path);
  await expect(decision(page).getByLabel("This is no whiplash injury")).toHaveCount(0);
  await accept(page).click();
  await expect(page.getByRole("alert")).toContainText("states that it is no whiplash injury and claims the whiplash tariff");
  await decision(page).getByLabel("A medical report has been received").first().check();
  await accept(page).click();
  await expect(decision(page)).toContainText("Prediction accepted by");
});

test("story 12: what may be a whiplash claim needs a report, or a person's word that it is none", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const claim = await enterClaim(handler, { whiplash: "", general_fixed: "" });
  const page = await as(handler);
  await go(page, claim.path);
  await accept(page).click();
  await expect(page.getByRole("alert")).toContainText("or say that this is no whiplash injury");
  await decision(page).getByLabel("This is no whiplash injury").first().check();
  await accept(page).click();
  await expect(decision(page)).toContainText("Prediction accepted by");
  await expect(page.locator(".facts > div").filter({ hasText: "Whiplash" })).toContainText("No");
});

test("story 12: of two people who decide at once, one is told that it is done", async ({ as, handler, manager, refusals }) => {
  refusals.add(409);
  const claim = await enterClaim(handler);
  const [first, second] = [await as(handler), await as(manager)];
  await go(first, claim.path);
  await go(second, claim.path);
  await accept(first).click();
  await expect(decision(first)).toContainText("Prediction accepted by");
  await accept(second).click();
  await expect(second.getByRole("alert")).toContainText("already decided");
});

test("story 13: a handler flags a claim for review, and may no longer decide it", async ({ as, handler, manager }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await flag(page, claim.path, "Loss of earnings without payslips.");
  await expect(decision(page)).toContainText("Loss of earnings without payslips.");
  await expect(page.getByRole("button", { name: /^Accept/ })).toHaveCount(0);
  await expect(page.locator("main").getByText("In review").first()).toBeVisible();
  const queue = await as(manager);
  await go(queue, "/reviews");
  const number = (await heading(page, /^Claim /).innerText()).replace("Claim ", "");
  const waiting = row(table(queue, "Claims that wait for review"), number);
  await expect(waiting).toContainText("Loss of earnings without payslips.");
  await expect(waiting).toContainText(handler.name);
});

test("story 13: one manager in particular is asked for a review", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  const manager = await newcomer("manager");
  await page.reload();
  const dialog = page.locator("dialog[open]");
  await page.getByRole("button", { name: "Ask for a review" }).click();
  await field(dialog, "What should the manager look at?").fill("The hire");
  await field(dialog, "Who").selectOption({ label: manager.name });
  await dialog.getByRole("button", { name: "Flag for review" }).click();
  await expect(decision(page)).toContainText("The hire");
  const theirs = await as(manager);
  await go(theirs, "/reviews");
  await expect(row(table(theirs, "Claims that wait for review"), "The hire").filter({ hasText: manager.name }).first()).toBeVisible();
});

test("story 18: the handler is told when a flagged claim was reviewed", async ({ as, manager }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await flag(page, claim.path, "Please look at the uplift.");
  const number = (await heading(page, /^Claim /).innerText()).replace("Claim ", "");
  const senior = await as(manager);
  await go(senior, claim.path);
  await senior.getByRole("button", { name: "Hand back to the handler" }).click();
  await field(senior, "What should the handler do?").fill("Go by the second report.");
  await senior.getByRole("button", { name: "Hand back", exact: true }).click();
  await expect(heading(senior, "Reviews")).toBeVisible();

  await go(page, "/dashboard");
  await page.getByRole("navigation", { name: "You" }).getByRole("link", { name: "Notifications 1" }).click();
  await page.getByRole("link", { name: `Claim ${number} was reviewed and is yours to decide.` }).click();
  await expect(heading(page, `Claim ${number}`)).toBeVisible();
  await expect(decision(page)).toContainText("Go by the second report.");
  await expect(accept(page)).toBeVisible();
  // Whoever has looked at the claim has read what they were told about it.
  await go(page, "/notifications");
  await expect(page.locator(".notifications .unread")).toHaveCount(0);
  await go(page, "/dashboard");
  await expect(page.getByRole("navigation", { name: "You" }).getByRole("link", { name: "Notifications", exact: true })).toBeVisible();
});
