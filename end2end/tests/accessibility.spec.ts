import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { demo, enterClaim, expect, field, go, heading, ready, test } from "../support/app";

const RULES = {
  light: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] },
  // The markup is the same: these are the rules of them that look at colours.
  dark: { type: "rule", values: ["color-contrast", "link-in-text-block"] },
} as const;
const WIDTHS = [390, 1024, 1440];

/** What axe finds and where the page is wider than the screen; everything that folds is open. */
async function findings(page: Page): Promise<string[]> {
  const found: string[] = [];
  const where = new URL(page.url()).pathname;
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page })
      .options({ runOnly: RULES[colorScheme] as never, resultTypes: ["violations"] })
      // One frame, so nothing is gained by the second page that axe otherwise opens.
      .setLegacyMode()
      .analyze();
    for (const v of violations) {
      for (const node of v.nodes) {
        const why = node.failureSummary?.split("\n").slice(1, 3).join(" ").trim();
        found.push(`${where} (${colorScheme}) ${v.id}: ${node.target.join(" ")} ${why}`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  const size = page.viewportSize()!;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= room) return null;
      const wide = [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > room + 1);
      const inner = wide.find((e) => !wide.some((other) => other !== e && e.contains(other))) ?? wide[0];
      return `${document.documentElement.scrollWidth} px: ${inner?.outerHTML.slice(0, 120) ?? "?"}`;
    });
    if (over) found.push(`${where} is wider than ${width} px: ${over}`);
  }
  await page.setViewportSize(size);
  return found;
}

/** Addresses that differ only by an id, page or filter show the same kind of page. */
function kind(href: string): string | null {
  const url = new URL(href, "http://here");
  if (url.origin !== "http://here" || /^\/(export|reports|api)\/|\/(pdf|ubl|notice|file|sound)$|\.csv$|\/waterfall\.|\/charts\//.test(url.pathname)) return null;
  return url.pathname.replace(/\/[a-z]{2,4}_[^/]+/, "/:id");
}

/** Every page that can be reached by links from these. */
async function walk(page: Page, start: string[], more: string[] = []): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  const waiting = [...more, ...start];
  for (let path = waiting.shift(); path; path = waiting.shift()) {
    const wanted = more.indexOf(path);
    if (wanted >= 0) more.splice(wanted, 1);
    const key = kind(path);
    if (!key || (seen.has(key) && wanted < 0)) continue;
    seen.add(key);
    await go(page, path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await expect(page).toHaveTitle(/^.+ · Solatium$/);
    const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")!));
    waiting.push(...links);
    found.push(...(await findings(page)));
  }
  expect(seen.size).toBeGreaterThan(4);
  return found;
}

/** A claim in each state. */
async function claims(page: Page): Promise<string[]> {
  const open = await enterClaim(demo("handler@northgate.example"), { whiplash: "yes" });
  const flagged = await enterClaim(demo("handler@northgate.example"));
  await go(page, "/claims?status=decided");
  const decided = await page.locator("main tbody a").first().getAttribute("href");
  await page.request.post("/fn/claims/flag", {
    form: { id: flagged.path.split("/").pop()!, flag_reason: "Please look." }, headers: { accept: "application/json" },
  });
  return [open.path, flagged.path, decided!];
}

test.describe("no finding of axe, and no page wider than the screen", () => {
  test.setTimeout(150_000);

  test("a stranger's pages", async ({ as, refusals }) => {
    refusals.add(404);
    const page = await as();
    const found: string[] = [];
    for (const path of ["/", "/sign-in", "/setup/nothing", "/no-such-page", "/api/v1/docs"]) {
      await page.goto(path);
      if (!path.startsWith("/api")) await ready(page);
      found.push(...(await findings(page)));
    }
    expect(found).toEqual([]);
  });

  for (const email of [
    "handler@northgate.example", "manager@northgate.example", "engineer@northgate.example", "finance@northgate.example",
    "administrator@northgate.example", "engineer@solatium.example", "finance@solatium.example", "administrator@solatium.example",
  ]) {
    test(`the pages of ${email}`, async ({ as }) => {
      const page = await as(demo(email));
      const more = /^(handler|manager)/.test(email) ? await claims(page) : [];
      if (email === "engineer@solatium.example") {
        await go(page, "/models/compare");
        const ids = await field(page, "Version").locator("option").evaluateAll((all) => all.map((o) => (o as HTMLOptionElement).value));
        more.push(`/models/compare?left=${ids[1]}&right=${ids[2]}`);
      }
      expect(await walk(page, ["/dashboard", "/password"], more)).toEqual([]);
    });
  }

  test("forms with mistakes, a what-if, and what is shown once", async ({ as, handler, refusals }) => {
    refusals.add(401).add(422);
    const found: string[] = [];
    const page = await as(handler);
    await go(page, "/claims/new");
    await field(page, "Accident").selectOption({ label: "Rear end" });
    await field(page, "Accident date").fill("2026-03-10");
    await field(page, "Claim made on").fill("2026-03-01");
    await field(page, "Prognosis in months").fill("soon");
    await page.getByRole("button", { name: "Save and predict" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    found.push(...(await findings(page)));

    const claim = await enterClaim(handler);
    await go(page, claim.path);
    await page.getByLabel("Physiotherapy: what if").fill("900");
    await expect(page.locator(".would-be strong")).toBeVisible();
    found.push(...(await findings(page)));

    const stranger = await as();
    await go(stranger, "/sign-in");
    await field(stranger, "E-mail address").fill("nobody@e2e.example");
    await field(stranger, "Password").fill("wrong");
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await expect(stranger.getByRole("alert")).toBeVisible();
    found.push(...(await findings(stranger)));

    const admin = await as(demo("administrator@northgate.example"));
    await go(admin, "/api-keys");
    await field(admin, "What it is for").fill("Looking at it");
    await admin.getByRole("button", { name: "Make a key" }).click();
    await expect(admin.locator("[data-secret]")).toBeVisible();
    await expect(heading(admin, "API keys")).toBeVisible();
    found.push(...(await findings(admin)));
    expect(found).toEqual([]);
  });
});
