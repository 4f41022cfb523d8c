// How the whole feels: the shell, the keyboard, the claim in one screen, the list as a workbench.
import type { Page } from "@playwright/test";
import AxeBuilder from "@axe-core/playwright";
import {
  accept, card, decision, demo, dialog, enterClaim, expect, field, go, heading, newcomer, predicted, row, table, test, unique,
} from "../support/app";

const SIZES = [[1440, 900], [1024, 768], [390, 844]] as const;

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName);

test("the claim in one screen: accepting is seen unscrolled and four presses of Tab away", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await go(page, claim.path);
    const box = (await accept(page).boundingBox())!;
    expect(box.y + box.height, `${width}`).toBeLessThanOrEqual(height);
    expect(await page.evaluate(() => scrollY)).toBe(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await go(page, `/claims?search=${claim.reference}`);
  await page.locator("a.row-link").first().click();
  await expect(heading(page, /^Claim /)).toBeVisible();
  await expect.poll(() => focused(page)).toBe("main");
  let presses = 0;
  while (presses < 9 && !(await accept(page).evaluate((e) => e === document.activeElement))) {
    await page.keyboard.press("Tab");
    presses += 1;
  }
  expect(presses).toBeLessThanOrEqual(5);
});

test("the list shows many claims in its first screen, whole rows are links, and back is where one was", async ({ as, handler }) => {
  const page = await as(handler);
  for (const [[width, height], least] of [[SIZES[0], 16], [SIZES[1], 14], [SIZES[2], 9]] as const) {
    await page.setViewportSize({ width, height });
    await go(page, "/claims");
    const shown = await page.locator(".rows tbody tr").evaluateAll(
      (rows, bottom) => rows.filter((r) => r.getBoundingClientRect().bottom <= bottom).length, height);
    expect(shown, `${width}`).toBeGreaterThanOrEqual(least);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  // Oldest first: what other tests enter meanwhile does not move these rows.
  await go(page, "/claims?sort=oldest");
  await page.mouse.wheel(0, 700);
  await page.waitForFunction(() => scrollY > 300);
  const y = await page.evaluate(() => scrollY);
  const link = page.locator(".rows tbody tr").nth(25).locator("a.row-link");
  const [path, box] = [await link.getAttribute("href"), (await page.locator(".rows tbody tr").nth(25).boundingBox())!];
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page).toHaveURL(new RegExp(path!));
  await page.goBack();
  await expect(link).toBeFocused();
  expect(Math.abs((await page.evaluate(() => scrollY)) - y)).toBeLessThan(60);
});

test("a decision is told, can be undone for ten seconds, and leads on", async ({ as }) => {
  const person = await newcomer("handler");
  const [first, second] = [await enterClaim(person), await enterClaim(person)];
  const page = await as(person);
  await go(page, second.path);
  const amount = await page.locator(".amount").innerText();
  await accept(page).click();
  await expect(decision(page)).toContainText(`settled for ${amount}`);
  // The focus is on what was said, and the page's heading says it too.
  await expect.poll(() => focused(page)).toBe("standing");
  await expect(page.locator(".page-heading")).toContainText(`Decided`);
  await expect(page.locator(".page-heading")).toContainText(`settled for ${amount}`);
  await decision(page).getByRole("button", { name: "Undo" }).click();
  await expect(accept(page)).toBeVisible();
  await expect(page.locator(".timeline")).toContainText(`Undid the decision of ${amount}`);
  await accept(page).click();
  await expect(decision(page)).toContainText(/settled for £/);
  // After ten seconds there is nothing to undo.
  await expect(decision(page).getByRole("button", { name: "Undo" })).toBeHidden({ timeout: 13_000 });
  await decision(page).getByRole("link", { name: /^Next claim/ }).click();
  await expect(page).toHaveURL(new RegExp(first.path));
});

test("with the keyboard alone: sign in, find a claim by number, settle it for another amount, go on", async ({ as }) => {
  const person = await newcomer("handler");
  const [one] = [await enterClaim(person), await enterClaim(person)];
  const own = await as(person);
  await go(own, one.path);
  const number = (await heading(own, /^Claim /).innerText()).replace("Claim ", "");
  const page = await as();
  await go(page, "/sign-in");
  await field(page, "E-mail address").focus();
  await page.keyboard.type(person.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(person.password);
  await page.keyboard.press("Enter");
  await expect(heading(page, "Your claims")).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type(number);
  await expect(page.getByRole("option", { name: new RegExp(number) })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(heading(page, `Claim ${number}`)).toBeVisible();
  await page.keyboard.press("s");
  const settle = dialog(page, "Settle for another amount");
  await expect(settle).toBeVisible();
  while (!(await field(settle, "Settle for, in pounds").evaluate((e) => e === document.activeElement))) await page.keyboard.press("Tab");
  await page.keyboard.type("650");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Neg");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  while (!(await settle.getByRole("button", { name: "Settle for this amount" }).evaluate((e) => e === document.activeElement))) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(decision(page)).toContainText("settled for £650.00");
  await page.keyboard.press("n");
  await expect(heading(page, /^Claim /)).not.toHaveText(`Claim ${number}`);
});

test("single keys: they are listed, walk through rows, ask before accepting, and can be turned off", async ({ as }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, "/claims?mine=true");
  await page.keyboard.press("?");
  await expect(dialog(page, "Keys")).toContainText("Next row");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await expect(page.locator("a.row-link").first()).toBeFocused();
  await page.keyboard.press("x");
  await expect(page.getByText("1 chosen")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(claim.path));
  await page.keyboard.press("a");
  await expect(dialog(page, /^Accept £/)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  await expect(accept(page)).toBeVisible();

  await go(page, "/account");
  await field(page, "Single keys").selectOption("off");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-keys", "off");
  await go(page, claim.path);
  await page.keyboard.press("a");
  await page.keyboard.press("?");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Go to a page or a claim" })).toBeFocused();
});

test("several claims are flagged together and exported, and none can be accepted so", async ({ as, manager }) => {
  const person = await newcomer("handler");
  await enterClaim(person);
  await enterClaim(person);
  const page = await as(person);
  await go(page, "/claims?mine=true&status=open");
  await page.getByLabel("Choose all").check();
  await expect(page.getByText("2 chosen")).toBeVisible();
  const bulk = page.getByRole("group", { name: "Chosen claims" });
  await expect(bulk.getByRole("button", { name: /accept/i })).toHaveCount(0);
  const [download] = await Promise.all([page.waitForEvent("download"), bulk.getByRole("button", { name: "Export as CSV" }).click()]);
  expect(download.suggestedFilename()).toMatch(/^claims.*\.csv$/);
  await bulk.getByRole("button", { name: "Ask for a review" }).click();
  await field(page, "What should the manager look at?").fill("Both of them.");
  await page.getByRole("button", { name: "Flag for review" }).click();
  await expect(page.getByText("No claim fits these filters.")).toBeVisible();
  const senior = await as(manager);
  await go(senior, "/reviews");
  await expect(row(table(senior, "Claims that wait for review"), "Both of them.")).toHaveCount(2);
  await go(senior, "/notifications");
  await expect(senior.getByText("2 claims wait for a review.").first()).toBeVisible();
});

test("nothing that was typed or ticked passes to what is shown next", async ({ as }) => {
  const person = await newcomer("handler");
  const [one, two] = [await enterClaim(person, { whiplash: "yes" }), await enterClaim(person, { whiplash: "yes" })];
  const page = await as(person);
  await go(page, one.path);
  await decision(page).getByLabel("A medical report has been received").first().check();
  await page.getByLabel("Physiotherapy: what if").fill("999");
  await page.getByRole("link", { name: /^Next claim/ }).first().click();
  await expect(page).toHaveURL(new RegExp(two.path));
  await expect(page.locator(".page-heading")).toContainText("To decide");
  await expect(decision(page).getByLabel("A medical report has been received").first()).not.toBeChecked();
  await expect(page.getByLabel("Physiotherapy: what if")).toHaveValue("420.00");
  await go(page, "/claims?mine=true");
  await page.locator(".rows tbody .pick input").first().check();
  await expect(page.getByText("1 chosen")).toBeVisible();
  await field(page, "Order").selectOption({ label: "Oldest first" });
  await expect(page).toHaveURL(/sort=oldest/);
  await expect(page.locator(".rows .pick input:checked")).toHaveCount(0);
  await expect(page.locator(".bulk")).toBeHidden();
});

test("a dialog begins where one goes on", async ({ as }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, claim.path);
  await page.keyboard.press("s");
  await expect(field(dialog(page, "Settle for another amount"), "Settle for, in pounds")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  // The key asks, Enter answers. A dialog that has just gone is told of a moment later.
  await expect(async () => {
    await page.keyboard.press("a");
    await expect(dialog(page, /^Accept £/).getByRole("button", { name: "Accept", exact: true })).toBeFocused({ timeout: 1_000 });
  }).toPass({ timeout: 10_000 });
  await page.keyboard.press("Enter");
  await expect(decision(page)).toContainText(/settled for £/);
  await go(page, "/claims?mine=true");
  await page.getByRole("button", { name: "Save view" }).click();
  await page.keyboard.type("By name");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "By name" })).toBeVisible();
  // What cannot be undone begins with the way back.
  const admin = await as(demo("administrator@northgate.example"));
  await go(admin, "/people");
  await admin.locator("main").getByRole("link", { name: person.name }).first().click();
  await admin.getByRole("button", { name: /^Deactivate/ }).click();
  await expect(admin.locator("dialog[open]").getByRole("button", { name: "Cancel" })).toBeFocused();
});

test("views of one's own, and columns of one's choice", async ({ as }) => {
  const page = await as(await newcomer("handler"));
  await go(page, "/claims?status=decided&sort=largest");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByLabel("Show Prognosis").uncheck();
  await expect(page.locator(".rows th", { hasText: "Prognosis" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  const name = unique("Large");
  await page.getByRole("button", { name: "Save view" }).click();
  await field(page, "Name of the view").fill(name);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const tab = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name });
  await expect(tab).toHaveClass(/shown/);
  await page.getByRole("link", { name: "All", exact: true }).click();
  await expect(page).toHaveURL(/\/claims$/);
  await expect(page.locator(".rows th", { hasText: "Prognosis" })).toHaveCount(1);
  await tab.click();
  await expect(page).toHaveURL(/sort=largest/);
  await expect(page.locator(".rows th", { hasText: "Prognosis" })).toHaveCount(0);
  // Opened by its address it is shown too, however the address is written.
  for (const query of ["status=decided&search=MI-4", "accident_type=Rear%20end"]) {
    await go(page, `/claims?${query}`);
    const own = unique("Own");
    await page.getByRole("button", { name: "Save view" }).click();
    await field(page, "Name of the view").fill(own);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const saved = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: own });
    await expect(saved).toHaveClass(/shown/);
    await go(page, `/claims?${query}`);
    await expect(saved).toHaveClass(/shown/);
    await field(page, "Order").selectOption({ label: "Oldest first" });
    await expect(page).toHaveURL(/sort=oldest/);
  }
  await tab.click();
  await page.getByRole("button", { name: `Remove the view ${name}` }).click();
  await expect(tab).toHaveCount(0);
});

test("one place is current on each page, and the page above it is marked", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  for (const path of ["/dashboard", "/claims", "/claims/new", "/account", "/trail", claim.path]) {
    await go(page, path);
    await expect(page.locator("[aria-current]")).toHaveCount(1);
  }
  await expect(page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Claims" })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Claims", exact: true })).toHaveClass(/within/);
});

test("the old page stays until the new one is there", async ({ as, handler }) => {
  const page = await as(handler);
  await go(page, "/dashboard");
  await page.route("**/fn/claims/list", async (route) => { await new Promise((r) => setTimeout(r, 700)); await route.continue(); });
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Claims", exact: true }).click();
  await expect(page.locator(".going.on")).toBeVisible();
  await expect(heading(page, "Your claims")).toBeVisible();
  await expect(heading(page, "Claims")).toBeVisible();
  await expect(page.locator(".going.on")).toHaveCount(0);
});

test("a refused form has the focus on its summary, which names the fields in the page's order", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(await newcomer("handler"));
  await go(page, "/claims/new");
  const before = (await field(page, "Claim made on").boundingBox())!;
  await field(page, "Physiotherapy").fill("lots");
  await page.getByRole("button", { name: "Save and predict" }).click();
  const alert = page.getByRole("alert");
  await expect(alert).toBeFocused();
  const links = await alert.getByRole("link").allInnerTexts();
  expect(links[0]).toMatch(/^Accident: /);
  expect(links.at(-1)).toMatch(/^Physiotherapy: /);
  // Room for the error was kept.
  const after = (await field(page, "Claim made on").boundingBox())!;
  expect(after.height).toBe(before.height);
});

test("a claim's sum and tariff are told while it is typed", async ({ as }) => {
  const page = await as(await newcomer("handler"));
  await go(page, "/claims/new");
  await field(page, "Accident date").fill("2026-03-10");
  await field(page, "Prognosis in months").fill("6");
  await field(page, "Physiotherapy").fill("1420.50");
  await expect(page.locator(".sums")).toContainText("£1,420.50");
  await expect(page.locator(".sums")).toContainText("£565.00 for 6 months");
});

test("on telephones the navigation is behind a button and every control can be hit", async ({ as, handler }) => {
  const page = await as(handler, { viewport: { width: 390, height: 844 } });
  await go(page, "/claims");
  const nav = page.getByRole("navigation", { name: "Main" });
  await expect(nav).toBeHidden();
  expect((await page.locator(".bar").boundingBox())!.height).toBe(56);
  await page.getByRole("button", { name: "Menu" }).click();
  await nav.getByRole("link", { name: "Dashboard" }).click();
  await expect(heading(page, "Your claims")).toBeVisible();
  await expect(nav).toBeHidden();
  // A page begins at its top, with its heading below the bar.
  const claim = await enterClaim(handler);
  await go(page, `/claims?search=${claim.reference}`);
  await page.locator("a.row-link").first().click();
  await expect(heading(page, /^Claim /)).toBeVisible();
  await expect.poll(() => focused(page)).toBe("main");
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("the account at the foot: theme at a click, help, and what is one's own", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await go(page, "/dashboard");
  await page.getByRole("button", { name: person.name }).click();
  await page.getByRole("button", { name: "Dark", exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.keyboard.press("Escape");
  await page.getByRole("navigation", { name: "You" }).getByRole("link", { name: "Help" }).click();
  await expect(card(page, "Words")).toContainText("Head of loss");
});

test("values of a chart are seen without a script, by pointer and by keyboard", async ({ as }) => {
  const page = await as(demo("handler@northgate.example"), { javaScriptEnabled: false });
  await page.goto("/dashboard");
  const mark = page.locator("svg.chart:visible .mark").first();
  await expect(mark.locator(".value")).toBeHidden();
  await mark.hover();
  await expect(mark.locator(".value")).toBeVisible();
  await page.mouse.move(0, 0);
  await mark.focus();
  await expect(mark.locator(".value")).toBeVisible();
});

test("the style guide shows every part; axe finds nothing in either theme", async ({ as }) => {
  const page = await as();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.context().addCookies([{ name: "theme", value: colorScheme, url: page.url() === "about:blank" ? process.env.BASE_URL! : page.url() }]);
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await page.goto("/styleguide");
      await expect(page.locator(".guide > section")).toHaveCount(18);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    }
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).setLegacyMode().analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
  }
  // Controls have one height.
  await page.setViewportSize({ width: 1440, height: 900 });
  const heights = await page.locator(".guide .row > .button, .guide fieldset input:not([type=checkbox]), .guide fieldset select")
    .evaluateAll((all) => [...new Set(all.map((e) => e.getBoundingClientRect().height))]);
  expect(heights).toEqual([36]);
});

test("on paper a claim keeps its amount with its heading and has no buttons", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await predicted(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".amount")).toBeVisible();
  await expect(accept(page)).toBeHidden();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
});
