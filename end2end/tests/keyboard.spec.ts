import type { Locator, Page } from "@playwright/test";
import {
  accept, decision, enterClaim, expect, field, go, heading, newcomer, type Person, predicted, test, unique,
} from "../support/app";

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, target: Locator) {
  for (let i = 0; i < 90; i++) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((e) => e === document.activeElement)) {
      // Where the focus is can be seen.
      const outline = await target.evaluate((e) => {
        const style = getComputedStyle(e);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      });
      expect(outline, "the focus is visible").toBe(true);
      return;
    }
  }
  throw new Error(`the keyboard does not reach ${target}`);
}

async function type(page: Page, target: Locator, text: string) {
  await tabTo(page, target);
  await page.keyboard.type(text);
}

async function press(page: Page, target: Locator) {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

async function signedIn(page: Page, person: Person) {
  await go(page, "/sign-in");
  await type(page, field(page, "E-mail address"), person.email);
  await type(page, field(page, "Password"), person.password);
  await page.keyboard.press("Enter");
  await expect(heading(page, "Your claims")).toBeVisible();
}

test("with the keyboard alone: sign in, enter a claim, accept the prediction", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as();
  await signedIn(page, person);
  await press(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Enter a claim" }));
  await expect(heading(page, "Enter a claim")).toBeVisible();
  const reference = unique("KEYS");
  await type(page, field(page, "Accident"), "Rear end");
  await expect(field(page, "Accident")).toHaveValue("Rear end");
  // Day and month are the same, whichever the browser asks for first.
  await type(page, field(page, "Accident date"), "05052026");
  await expect(field(page, "Accident date")).toHaveValue("2026-05-05");
  await type(page, field(page, "Claim made on"), "06062026");
  await expect(field(page, "Claim made on")).toHaveValue("2026-06-06");
  await type(page, field(page, "Your reference"), reference);
  await type(page, field(page, "Prognosis in months"), "6");
  await type(page, field(page, "Whiplash"), "No");
  await type(page, field(page, "Physiotherapy"), "420");
  await press(page, page.getByRole("button", { name: "Save and predict" }));
  await expect(heading(page, /^Claim /)).toBeVisible();
  await predicted(page);
  await press(page, accept(page));
  await expect(decision(page)).toContainText(`Prediction accepted by ${person.name}`);
});

test("with the keyboard alone: settle for another amount", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await press(page, page.getByRole("button", { name: "Settle for another amount" }));
  await type(page, field(page, "Settle for, in pounds"), "650");
  await type(page, field(page, "Why"), "Neg");
  await expect(field(page, "Why")).toHaveValue("negotiated");
  await press(page, page.getByRole("button", { name: "Settle for this amount" }));
  await expect(decision(page)).toContainText("settled for £650.00");
});

test("with the keyboard alone: flag a claim for review", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await press(page, page.getByRole("button", { name: "Ask for a review" }));
  await type(page, field(page, "What should the manager look at?"), "The uplift.");
  await press(page, page.getByRole("button", { name: "Flag for review" }));
  await expect(decision(page)).toContainText("A manager reviews this claim.");
});

test("with the keyboard alone: the first Tab leads past the navigation", async ({ as, handler }) => {
  const page = await as(handler);
  await go(page, "/claims");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await page.keyboard.press("Tab");
  const inMain = await page.evaluate(() => document.querySelector("main")!.contains(document.activeElement));
  expect(inMain).toBe(true);
});
