// The README's pictures, taken by `make pictures` from a demo that nobody has touched yet.
import type { Page } from "@playwright/test";
import { demo, go, test } from "../support/app";

/** Opens the first row's page. */
async function first(page: Page, list: string) {
  await go(page, list);
  await go(page, (await page.locator("tbody a").first().getAttribute("href"))!);
}

const PICTURES: [string, string, (page: Page) => Promise<void>, "light" | "dark"][] = [
  ["dashboard", "handler@northgate.example", (page) => go(page, "/dashboard"), "light"],
  ["claim", "handler@northgate.example", (page) => first(page, "/claims"), "light"],
  ["claim-dark", "handler@northgate.example", (page) => first(page, "/claims"), "dark"],
  ["model", "engineer@solatium.example", (page) => first(page, "/models"), "light"],
  ["invoice", "finance@solatium.example", (page) => first(page, "/invoices"), "light"],
];

for (const [name, who, open, colorScheme] of PICTURES) {
  test(name, async ({ as }) => {
    const page = await as(demo(who), { colorScheme, viewport: { width: 1280, height: 820 } });
    await open(page);
    await page.getByText("Loading…").first().waitFor({ state: "hidden" });
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `../docs/pictures/${name}.png` });
  });
}
