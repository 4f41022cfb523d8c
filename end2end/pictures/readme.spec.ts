// The README's pictures, taken by `make pictures` from a demo that nobody has touched yet.
import type { Page } from "@playwright/test";
import { demo, go, test } from "../support/app";

/** Opens the first row's page. */
async function first(page: Page, list: string) {
  await go(page, list);
  await go(page, (await page.locator("main td a").first().getAttribute("href"))!);
}

const PICTURES: [string, string, (page: Page) => Promise<void>, "light" | "dark"][] = [
  ["dashboard", "handler@northgate.example", (page) => go(page, "/dashboard"), "light"],
  ["claim", "handler@northgate.example", (page) => first(page, "/claims?status=open"), "light"],
  ["list", "handler@northgate.example", (page) => go(page, "/claims"), "light"],
  ["claim-dark", "handler@northgate.example", (page) => first(page, "/claims?status=open"), "dark"],
  ["model", "engineer@solatium.example", (page) => first(page, "/models"), "light"],
  ["invoice", "finance@solatium.example", (page) => first(page, "/invoices"), "light"],
];

// The first page's picture of the product, in each theme.
for (const colorScheme of ["light", "dark"] as const) {
  test(`first page, ${colorScheme}`, async ({ as }) => {
    const page = await as(demo("handler@northgate.example"), { colorScheme, viewport: { width: 1280, height: 800 } });
    await first(page, "/claims?status=open");
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `../public/fixed/claim-${colorScheme}-1.jpg`, type: "jpeg", quality: 80 });
  });
}

for (const [name, who, open, colorScheme] of PICTURES) {
  test(name, async ({ as }) => {
    const page = await as(demo(who), { colorScheme, viewport: { width: 1280, height: 820 } });
    await open(page);
    await page.getByText("Loading…").first().waitFor({ state: "hidden" });
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `../docs/pictures/${name}.png` });
  });
}
