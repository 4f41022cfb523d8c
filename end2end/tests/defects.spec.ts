// What was once seen to be wrong, and is looked for here where no other test would see it come back.
import type { Locator, Page } from "@playwright/test";
import {
  accept, card, column, decision, demo, enterClaim, expect, field, go, heading, newcomer, row, table, test, unique,
} from "../support/app";

async function importing(page: Page, text: string, name = "claims.csv") {
  await go(page, "/claims/import");
  await page.getByLabel("CSV or JSON file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Upload" }).click();
}

/** A table's cells that show less than they hold. */
const cut = (within: Locator) => within.locator("td").evaluateAll((cells) =>
  cells.filter((c) => c.scrollWidth > c.clientWidth + 1).map((c) => c.textContent));

test("a long value in a table keeps its beginning, and is seen whole", async ({ as, handler }) => {
  const page = await as(handler);
  const long = "unbelievably-long-special-additional-expenses";
  await importing(page, `AccidentType,Accident Date,Claim Date,Injury_Prognosis,SpecialTherapy\nRear end,2026-01-10,2026-02-01,F. 6 months,${long}\n`);
  const problems = table(page, "Rows that were refused");
  expect(await column(problems, "Value")).toEqual([long]);
  expect(await cut(problems)).toEqual([]);
});

test("a file without one column that is known is refused, not imported as nothing", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const page = await as(handler);
  await importing(page, "name,colour\nAnn,red\n");
  await expect(page.getByRole("alert")).toContainText(/column/);
  await expect(page.getByText(/0 claims saved/)).toHaveCount(0);
});

test("the result of a large import stays short", async ({ as }) => {
  const page = await as(await newcomer("handler"));
  const head = "AccidentType,Accident Date,Claim Date,Injury_Prognosis,SpecialTherapy";
  const lines = Array.from({ length: 120 }, (_, i) => `Rear end,2026-01-10,2026-02-01,F. 6 months,${i % 2 ? i : `x${i}`}`);
  await importing(page, [head, ...lines, ""].join("\n"));
  await expect(page.getByText("claims.csv: 60 claims saved and predicted, 60 rows refused.")).toBeVisible();
  await expect(page.getByText("The first 25 of 60 problems")).toBeVisible();
  await expect(page.getByRole("link", { name: "See all in the list" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(4_000);
});

test("drafts that are ordered are told where one looks", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await page.setViewportSize({ width: 1280, height: 700 });
  await go(page, "/invoices");
  const button = page.getByRole("button", { name: "Generate drafts" });
  await button.scrollIntoViewIfNeeded();
  await button.click();
  const said = page.getByText("The drafts are ordered.");
  await expect(said).toBeInViewport();
});

test("a key is made once, however often the button is pressed, and revoking it asks", async ({ as }) => {
  const page = await as(demo("administrator@northgate.example"));
  const name = unique("Twice");
  await go(page, "/api-keys");
  await field(page, "What it is for").fill(name);
  await page.getByRole("button", { name: "Make a key" }).dblclick();
  await expect(page.locator("[data-secret]")).toBeVisible();
  const keys = page.getByRole("region", { name: "API keys" });
  await expect(row(keys, name)).toHaveCount(1);
  await page.getByRole("button", { name: `Revoke the key “${name}”` }).click();
  await expect(page.locator("dialog[open]")).toContainText("refused at once");
  await page.keyboard.press("Escape");
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  await expect(row(keys, name)).toContainText("Active");
});

test("an invoice stands the same on finance's dashboard as in the list", async ({ as }) => {
  const page = await as(demo("finance@northgate.example"));
  const standing = async (caption: string) => {
    const rows = table(page, caption);
    const [numbers, standings] = [await column(rows, "Invoice"), await column(rows, "Standing")];
    return new Map(numbers.map((n, i) => [n, standings[i]]));
  };
  await go(page, "/dashboard");
  const latest = await standing("Latest invoices");
  await go(page, "/invoices");
  const all = await standing("Invoices");
  expect(latest.size).toBeGreaterThan(2);
  for (const [number, words] of latest) expect(words, number).toBe(all.get(number));
  expect([...all.values()]).toContain("Overdue");
});

test("a number on the dashboard leads to as many claims", async ({ as }) => {
  const person = await newcomer("handler");
  const [one] = [await enterClaim(person), await enterClaim(person)];
  const page = await as(person);
  await go(page, one.path);
  await accept(page).click();
  await expect(decision(page)).toContainText(/settled for £/);
  await go(page, "/dashboard");
  for (const [label, count] of [["To decide", 1], ["Decided", 1]] as const) {
    const tile = page.locator(".tile").filter({ hasText: label });
    await expect(tile.locator("strong, .figure").first()).toHaveText(String(count));
    await tile.getByRole("link").click();
    await expect(page.getByText(`${count} in all`)).toBeVisible();
    await page.goBack();
    await expect(heading(page, "Your claims")).toBeVisible();
  }
});

test("a flag rings the manager's bell, and what was opened is read", async ({ as }) => {
  const [person, senior] = [await newcomer("handler"), await newcomer("manager")];
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, claim.path);
  await page.getByRole("button", { name: "Ask for a review" }).click();
  await field(page, "What should the manager look at?").fill("The uplift.");
  await page.getByRole("button", { name: "Flag for review" }).click();
  await expect(page.locator(".page-heading")).toContainText("In review");
  const desk = await as(senior);
  await go(desk, "/dashboard");
  const bell = desk.getByRole("navigation", { name: "You" }).getByRole("link", { name: /^Notifications \d/ });
  const before = Number((await bell.innerText()).replace(/\D/g, ""));
  await go(desk, "/notifications");
  const number = await heading(page, /^Claim /).innerText();
  await desk.locator(".notifications .unread").filter({ hasText: number.replace("Claim ", "") }).getByRole("link").first().click();
  await expect(heading(desk, number)).toBeVisible();
  // Other tests may flag meanwhile: the notice itself is looked at.
  await go(desk, "/notifications");
  await expect(desk.locator(".notifications .unread").filter({ hasText: number.replace("Claim ", "") })).toHaveCount(0);
  expect(before).toBeGreaterThan(0);
});

test("the trail and the log show no raw ids, and nothing is cut on a telephone", async ({ as }) => {
  const page = await as(demo("administrator@northgate.example"), { viewport: { width: 390, height: 844 } });
  for (const path of ["/trail", "/audit"]) {
    await go(page, path);
    const rows = page.locator("main .table-scroll").first();
    await expect(rows.locator("tbody tr").first()).toBeVisible();
    expect(await rows.innerText()).not.toMatch(/[a-z]{2,4}_[0-9a-f]{32}/);
    expect(await cut(rows)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  }
  // A row is read in a few lines, not as a list of a screen's height.
  const heights = await page.locator("main tbody tr").evaluateAll((all) => all.map((r) => r.getBoundingClientRect().height));
  expect(Math.max(...heights)).toBeLessThan(160);
});

test("what stands in an empty field can be read in either theme", async ({ as, handler }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await as(handler, { colorScheme });
    await go(page, "/claims");
    const ratio = await page.locator("input[placeholder]:visible").first().evaluate((input) => {
      // Any colour as the browser paints it.
      const painted = (colour: string) => {
        const canvas = document.createElement("canvas").getContext("2d")!;
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      const light = (rgb: number[]) => {
        const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ink = light(painted(getComputedStyle(input, "::placeholder").color));
      const ground = light(painted(getComputedStyle(input).backgroundColor));
      return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    });
    expect(ratio, colorScheme).toBeGreaterThanOrEqual(4.5);
  }
});

test("a month that is none is refused once, and the form stays to mend it", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  await go(page, "/revenue?from=2026-13-01");
  await expect(page.getByText(/year-month-day/)).toHaveCount(1);
  await field(page, "From").fill("2026-01-01");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText(/was invoiced from 1 January 2026/)).toBeVisible();
});

test("a policy that was acknowledged does not ask again", async ({ as, handler }) => {
  const page = await as(handler);
  await go(page, "/policy");
  await expect(page.getByText("You have acknowledged this version.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);
});

test("on paper an amount is not torn from its heading", async ({ as, handler }) => {
  const claim = await enterClaim(handler);
  const page = await as(handler);
  await go(page, claim.path);
  await page.emulateMedia({ media: "print" });
  const styles = await card(page, "Prediction").evaluate((c) => [getComputedStyle(c).breakInside, getComputedStyle(c.querySelector("h2")!).breakAfter]);
  expect(styles).toEqual(["avoid", "avoid"]);
  await expect(page.getByRole("button")).toHaveCount(0);
});

test("figures of different claims are not compared without a word", async ({ as }) => {
  const page = await as(demo("engineer@northgate.example"));
  await go(page, "/models/compare");
  await field(page, "Version").selectOption({ index: 1 });
  await field(page, "and version").selectOption({ index: 2 });
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(table(page, "On the same claims, newest first")).toBeVisible();
  // Each says on how many it was measured; where that differs, so does the page.
  const measured = row(table(page, "As measured in training"), "Measured on");
  const [left, right] = (await measured.locator("td").allInnerTexts()).slice(1);
  expect(left).toMatch(/^[\d,]+ claims$/);
  await expect(page.getByText("each figure stands for itself")).toHaveCount(left === right ? 0 : 1);
});

test("months are in words wherever they stand", async ({ as }) => {
  const page = await as(demo("finance@solatium.example"));
  for (const path of ["/revenue", "/usage", "/invoices", "/dashboard"]) {
    await go(page, path);
    await expect(page.locator("main h1")).toBeVisible();
    expect(await page.locator("main").innerText(), path).not.toMatch(/\b20\d\d-\d\d\b/);
  }
  await go(page, "/usage");
  for (const month of await field(page, "Month").locator("option").allInnerTexts()) expect(month).toMatch(/^[A-Z][a-z]+ \d{4}$/);
});

test("the page of the API has an example, and no marks of its source", async ({ as }) => {
  const page = await as(demo("administrator@northgate.example"));
  await page.goto("/api/v1/docs");
  await expect(page.locator("pre").first()).toBeVisible();
  await expect(page.locator("pre").first()).toContainText("curl");
  expect(await page.locator("body").innerText()).not.toContain("`");
  for (const list of await page.locator("table").all()) {
    const heads = await list.locator("th").allInnerTexts();
    if (!heads.includes("When")) continue;
    for (const when of await column(list.locator(".."), "When")) expect(when).not.toBe("");
  }
  await page.getByRole("link", { name: "API keys" }).click();
  await expect(heading(page, "API keys")).toBeVisible();
});

test("why a row is refused is read to its end", async ({ as, handler }) => {
  const page = await as(handler, { viewport: { width: 1024, height: 768 } });
  await importing(page, "AccidentType,Accident Date,Claim Date,Injury_Prognosis,SpecialTherapy\nRear end,2026-01-10,2025-02-01,Z. 1024 months,12.345\n");
  const problems = table(page, "Rows that were refused");
  await expect(problems.locator("tbody tr").first()).toBeVisible();
  for (const remedy of await column(problems, "How to mend it")) expect(remedy).toMatch(/[.)]$|[a-z0-9]$/);
  expect(await cut(problems)).toEqual([]);
});

test("a tariff that is claimed beside another than the law's is remarked on", async ({ as, handler }) => {
  const claim = await enterClaim(handler, { whiplash: "yes", general_fixed: "500" });
  const page = await as(handler);
  await go(page, claim.path);
  await expect(card(page, "Prediction")).toContainText("£500.00 is claimed as the tariff, −£65.00 against what the law gives: £565.00.");
});
