// Documents of a claim: real files, made by the letters' generator.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { card, enterClaim, expect, field, go, heading, newcomer, row, table, test } from "../support/app";
import { workDir } from "../support/program";

/** A letter in every medium, and the truth about it. */
function letter(seed: number) {
  const folder = join(workDir(), `letter-${seed}`);
  execFileSync(join(dirname(process.env.SOLATIUM_BIN!), "letters"), ["make", `${seed}`, folder]);
  return { path: (name: string) => join(folder, name), truth: JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")) };
}

/** Without poppler a PDF is kept and not read. */
const READ = (() => {
  try {
    execFileSync("pdftotext", ["-v"], { stdio: "ignore" });
    return ["letter.pdf", "letter.docx", "letter.txt"];
  } catch {
    return ["letter.docx", "letter.txt"];
  }
})();

async function add(page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }) {
  await page.getByLabel("Add a document").setInputFiles(file);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

/** Opens the document once it is read. */
async function opened(page: Page, name: string) {
  await expect(async () => {
    await page.reload();
    await expect(row(table(page, "Documents"), name)).not.toContainText("Is being read", { timeout: 500 });
  }).toPass();
  await table(page, "Documents").getByRole("link", { name }).click();
  await expect(heading(page, name)).toBeVisible();
}

test("story 6: a letter is added to a claim, read, and set beside what the claim has", async ({ as }) => {
  const person = await newcomer("handler");
  const { path, truth } = letter(1);
  const claim = await enterClaim(person, { injury_prognosis_months: `${truth.injury_prognosis_months}`, special_therapy: "12.34" });
  const page = await as(person);
  await go(page, claim.path);
  for (const name of READ) {
    await add(page, path(name));
    await expect(table(page, "Documents").getByRole("link", { name })).toBeVisible();
  }
  for (const name of READ) {
    await go(page, claim.path);
    await opened(page, name);
    const says = page.locator(".found > li");
    await expect(says).toHaveCount(Object.keys(truth).length);
    const of = (label: string) => says.filter({ has: page.getByRole("heading", { name: label, exact: true }) });
    // The page above it is marked, and led back to.
    await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Claims", exact: true })).toHaveClass(/within/);
    await expect(page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Claims" })).toBeVisible();
    await expect(of("Prognosis")).toContainText("The same");
    await expect(of("Reference").getByLabel("Value")).toHaveValue(truth.external_reference);
    await expect(of("Reference")).toContainText("Differs");
    await expect(page.getByText(/come to the total that it states/)).toBeVisible();
  }
  // As it came, byte for byte.
  await go(page, claim.path);
  await opened(page, READ[0]);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the file" }).click()]);
  expect(readFileSync(await file.path()).equals(readFileSync(path(READ[0])))).toBe(true);
  // Nothing of it changed the claim.
  await page.getByRole("link", { name: /^Claim C-/ }).click();
  await expect(page.getByLabel("Physiotherapy: what if")).toHaveValue("12.34");
  await expect(card(page, "What happened with this claim")).not.toContainText("Predicted again");
});

test("story 6: the same file is on a claim once, and what cannot be read says why", async ({ as, refusals }) => {
  refusals.add(409).add(422);
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, claim.path);
  const { path } = letter(2);
  await add(page, path("letter.txt"));
  await expect(table(page, "Documents").getByRole("link", { name: "letter.txt" })).toBeVisible();
  await add(page, path("letter.txt"));
  await expect(page.getByRole("alert")).toContainText("This file is on the claim already, as “letter.txt”");
  await go(page, claim.path);
  await add(page, { name: "<img src=x onerror=alert(1)>.png", mimeType: "image/png", buffer: Buffer.from("\u0089PNG\r\n\u001a\n\u0000", "latin1") });
  await opened(page, "<img src=x onerror=alert(1)>.png");
  await expect(page.getByText("This file is damaged")).toBeVisible();
  await go(page, claim.path);
  await add(page, { name: "empty.pdf", mimeType: "application/pdf", buffer: Buffer.from("") });
  await expect(page.getByRole("alert")).toContainText("Choose a file that is not empty");
});

test("story 6: without the script a document is added too", async ({ as }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person, { javaScriptEnabled: false });
  await page.goto(claim.path);
  await add(page, letter(3).path("letter.docx"));
  await expect(table(page, "Documents").getByRole("link", { name: "letter.docx" })).toBeVisible();
});

test("story 6: another company's document is not found", async ({ as, refusals }) => {
  refusals.add(404);
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, claim.path);
  await add(page, letter(4).path("letter.txt"));
  const href = await table(page, "Documents").getByRole("link", { name: "letter.txt" }).getAttribute("href");
  const stranger = await as(await newcomer("handler", "Demo Harbour Mutual"));
  await go(stranger, href!);
  await expect(stranger.getByText("There is nothing under this address")).toBeVisible();
  const answer = await stranger.request.get(`/documents/${href!.split("=")[1]}/file`);
  expect(answer.status()).toBe(404);
  await expect(field(stranger, "Find a claim")).toBeVisible();
});
