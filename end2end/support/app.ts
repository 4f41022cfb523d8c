// What every test starts from.
import { test as base, expect, type Browser, type BrowserContextOptions, type Locator, type Page } from "@playwright/test";
import { OWN_PASSWORD, newcomer, type Person } from "./people";

export { expect } from "@playwright/test";
export * from "./people";

interface TestFixtures {
  /** Answers that the test provokes on purpose: the browser reports each as an error. */
  refusals: Set<number>;
  /** A page of somebody who is signed in; without a person, of a stranger. */
  as: (person?: Person, options?: BrowserContextOptions) => Promise<Page>;
}

interface WorkerFixtures {
  /** A claims handler of Northgate whom no other worker uses. */
  handler: Person;
  /** A manager of Northgate. */
  manager: Person;
}

/** Marks the document when the router has taken the page over. */
function markWhenHydrated() {
  const listen = window.addEventListener;
  window.addEventListener = function (this: Window, kind: string, ...rest: unknown[]) {
    if (kind === "popstate") {
      setTimeout(() => document.documentElement.setAttribute("data-hydrated", ""), 50);
    }
    return (listen as (...args: unknown[]) => void).call(this, kind, ...rest);
  } as typeof window.addEventListener;
}

/** Collects what a page complains of. */
function watch(page: Page, problems: string[], refusals: Set<number>) {
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const status = /responded with a status of (\d+)/.exec(message.text())?.[1];
    if (status && refusals.has(Number(status))) return;
    problems.push(`console: ${message.text()} (${message.location().url})`);
  });
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  refusals: async ({}, use) => use(new Set()),

  as: async ({ browser, baseURL, locale, viewport, refusals }, use, info) => {
    const problems: string[] = [];
    const contexts: Awaited<ReturnType<Browser["newContext"]>>[] = [];
    await use(async (person, options) => {
      const context = await browser.newContext({ baseURL, locale, viewport, storageState: person?.state, ...options });
      contexts.push(context);
      await context.addInitScript(markWhenHydrated);
      context.on("page", (page) => watch(page, problems, refusals));
      return context.newPage();
    });
    if (info.status !== info.expectedStatus) {
      for (const [i, page] of contexts.flatMap((c) => c.pages()).entries()) {
        await page.screenshot({ path: info.outputPath(`page-${i}.png`) }).catch(() => undefined);
      }
    }
    await Promise.all(contexts.map((context) => context.close()));
    expect(problems, "what the pages complained of").toEqual([]);
  },

  handler: [async ({}, use) => use(await newcomer("handler")), { scope: "worker" }],
  manager: [async ({}, use) => use(await newcomer("manager")), { scope: "worker" }],
});

/** Until the script has taken the page over. */
export async function ready(page: Page) {
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
}

export async function go(page: Page, path: string) {
  await page.goto(path);
  await ready(page);
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The input with this label, which may say that it is optional. */
export const field = (within: Page | Locator, label: string) =>
  within.getByLabel(new RegExp(`^\\s*${literal(label)}( optional)?\\s*$`));

export const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name });

/** A framed part of the page. */
export const card = (page: Page, title: string) =>
  page.locator("section.card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

/** Where a claim is decided, or how it was. */
export const decision = (page: Page) => page.locator(".decide");

/** The button that accepts at a click; the key “a” asks first. */
export const accept = (page: Page) => page.locator(".decide form > .button.primary");

/** A dialog by its heading. */
export const dialog = (page: Page, title: string | RegExp) => page.getByRole("dialog", { name: title });

/** Something that cannot be undone: it is asked for, and confirmed in a dialog. */
export async function inTwoSteps(within: Page | Locator, first: string, second = first) {
  // The first button is called after what it is for: “Deactivate Ann”.
  await within.getByRole("button", { name: new RegExp(`^${literal(first)}`) }).first().click();
  const page = "page" in within ? within.page() : within;
  const asked = page.locator("dialog[open]");
  await expect(asked).toBeVisible();
  await asked.getByRole("button", { name: second, exact: true }).click();
}

/** A table by its caption. */
export const table = (within: Page | Locator, caption: string) => within.getByRole("region", { name: caption, exact: true });

/** The row in which a cell or link reads so. */
export const row = (within: Locator, text: string) => within.locator("tbody tr").filter({ hasText: text });

/** The column's cells' texts. */
export async function column(within: Locator, name: string): Promise<string[]> {
  await expect(within.locator("thead th").first()).toBeVisible();
  const names = await within.locator("thead th").allInnerTexts();
  const at = names.findIndex((n) => n.trim().toLowerCase() === name.toLowerCase());
  if (at < 0) throw new Error(`no column ${name} in ${names.join(", ")}`);
  const cells = await within.locator(`tbody tr td:nth-child(${at + 1})`).allInnerTexts();
  return cells.map((cell) => cell.trim());
}

/** Pence of "£1,240.50", "+£3.00" or "−£3.00". */
export function pence(text: string): number {
  const digits = text.replace(/[^0-9.]/g, "");
  const [pounds, rest = ""] = digits.split(".");
  const amount = Number(pounds) * 100 + Number(rest.padEnd(2, "0") || 0);
  return /[-−–]/.test(text) ? -amount : amount;
}

/** The predicted amount on a claim's page, in pence. */
export async function predicted(page: Page): Promise<number> {
  const amount = card(page, "Prediction").locator(".amount").first();
  await expect(amount).toContainText("£");
  return pence(await amount.innerText());
}

/** Opens the link of an invitation and chooses the tests' own password. */
export async function choosePassword(page: Page, link: string) {
  await go(page, link);
  await field(page, "Password").fill(OWN_PASSWORD);
  await field(page, "Password again").fill(OWN_PASSWORD);
  await page.getByRole("button", { name: "Choose this password" }).click();
  await expect(heading(page, "Sign in")).toBeVisible();
}

export async function signInByForm(page: Page, email: string, password: string) {
  await page.goto("/sign-in");
  await field(page, "E-mail address").fill(email);
  await field(page, "Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}
