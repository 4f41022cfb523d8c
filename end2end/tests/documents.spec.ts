// Documents of a claim: real files, made by the letters' generator.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { card, enterClaim, expect, field, go, heading, newcomer, row, table, test } from "../support/app";
import { add, letter, opened } from "../support/letters";
import { workDir } from "../support/program";

/** Without poppler a PDF is kept and not read. */
const READ = (() => {
  try {
    execFileSync("pdftotext", ["-v"], { stdio: "ignore" });
    return ["letter.pdf", "letter.docx", "letter.txt"];
  } catch {
    return ["letter.docx", "letter.txt"];
  }
})();

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
  await expect(page.getByRole("alert")).toContainText("This file is here already, as “letter.txt”");
  await go(page, claim.path);
  await add(page, { name: "<img src=x onerror=alert(1)>.png", mimeType: "image/png", buffer: Buffer.from("\u0089PNG\r\n\u001a\n\u0000", "latin1") });
  await opened(page, "<img src=x onerror=alert(1)>.png");
  await expect(page.getByText("This file is damaged")).toBeVisible();
  await go(page, claim.path);
  await add(page, { name: "empty.pdf", mimeType: "application/pdf", buffer: Buffer.from("") });
  await expect(page.getByRole("alert")).toContainText("This file is empty: choose another");
});

test("story 6: without the script a document is added too", async ({ as }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person, { javaScriptEnabled: false });
  await page.goto(claim.path);
  await add(page, letter(3).path("letter.docx"));
  await page.getByRole("button", { name: "Add", exact: true }).click();
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

test("story 5: a claim form that comes before its claim fills the form in, each fact confirmed beside its place", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await go(page, "/claims/new");
  await page.getByLabel("Accident", { exact: true }).selectOption({ index: 1 });
  await expect(page.getByText("Draft saved.")).toBeVisible();
  const { path, truth } = letter(5);
  const name = READ[0];
  await page.getByLabel(/^Drop a claim form/).setInputFiles(path(name));
  // What was typed stays, and the document is listed; it shows what it says as soon as it is read.
  const mine = table(page, "Documents of this draft");
  await expect(mine.getByRole("link", { name })).toBeVisible();
  await expect(page.getByLabel("Accident", { exact: true })).not.toHaveValue("");
  await mine.getByRole("link", { name }).click();
  await expect(heading(page, name)).toBeVisible();
  const found = page.locator(".found > li");
  await expect(found).toHaveCount(Object.keys(truth).length);
  const of = (label: string) => found.filter({ has: page.getByRole("heading", { name: label, exact: true }) });
  for (const label of ["Accident date", "Claim date", "Prognosis", "Physiotherapy", "Minor psychological injury", "Whiplash"]) {
    if ((await of(label).count()) === 0) continue;
    await of(label).focus();
    await page.keyboard.press("Enter");
    await expect(of(label)).toContainText("Confirmed");
  }
  await expect(of("Prognosis")).toContainText(`The draft has ${truth.injury_prognosis_months}`);
  await page.getByRole("link", { name: "Go on with the form" }).click();
  await expect(table(page, "Documents of this draft").getByRole("link", { name })).toBeVisible();
  await expect(page.getByLabel("Accident", { exact: true })).not.toHaveValue("");
  await expect(page.getByLabel("Prognosis in months")).toHaveValue(`${truth.injury_prognosis_months}`);
  await expect(page.getByLabel("Accident date")).toHaveValue(truth.accident_date);
  await expect(page.getByLabel("Whiplash", { exact: true })).toHaveValue(truth.whiplash ? "yes" : "no");
  // Nobody else sees it before it is a claim's.
  const href = await table(page, "Documents of this draft").getByRole("link", { name }).getAttribute("href");
  await page.getByLabel("Claim made on").fill(truth.claim_date);
  await page.getByLabel("General damages, rest").or(page.getByLabel("Physiotherapy")).first().fill("250");
  await page.getByRole("button", { name: "Save and predict" }).click();
  await expect(table(page, "Documents").getByRole("link", { name })).toHaveAttribute("href", href!);
  await go(page, "/claims/new");
  await expect(page.getByRole("table", { name: "Documents of this draft" })).toHaveCount(0);
});

test("story 6: one leafs through a document, also where nothing was found on a page", async ({ as }) => {
  test.skip(READ[0] !== "letter.pdf", "without poppler a PDF is kept and not read");
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, claim.path);
  const long = join(workDir(), "long.pdf");
  execFileSync(join(dirname(process.env.SOLATIUM_BIN!), "letters"), ["long", "3", long]);
  await add(page, long);
  await opened(page, "long.pdf");
  const status = page.locator(".leaf").getByRole("status");
  await expect(status).toHaveText(/^Page 1 of [34]$/);
  await expect(page.getByRole("button", { name: "Previous page" })).toBeDisabled();
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(status).toHaveText(/^Page 2 of/);
  const picture = page.locator(".paper img");
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth)).toBeGreaterThan(500);
  await expect(page.locator(".paper polygon")).toHaveAttribute("points", "");
  // Another fact is back on its page.
  await page.locator(".found > li").nth(1).focus();
  await expect(status).toHaveText(/^Page 1 of/);
  await expect(page.locator(".paper polygon")).not.toHaveAttribute("points", "");
});

test("story 5: several files are sent together, a slow one is stopped, and a discarded draft keeps none", async ({ as, refusals }) => {
  refusals.add(409);
  const person = await newcomer("handler");
  const page = await as(person);
  await go(page, "/claims/new");
  const { path } = letter(6);
  await page.getByLabel(/^Drop a claim form/).setInputFiles([path("letter.txt"), path("letter.docx")]);
  await expect(table(page, "Documents of this draft").getByRole("link")).toHaveCount(2);
  // What is on its way is stopped: a line of 40 kB a second takes a megabyte in half a minute.
  const slow = await page.context().newCDPSession(page);
  await slow.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 40_000 });
  await page.getByLabel(/^Drop a claim form/).setInputFiles({ name: "large.txt", mimeType: "text/plain", buffer: Buffer.alloc(1_000_000, "x ") });
  await expect(page.getByText(/% sent/)).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Stopped: nothing of it was kept.")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await slow.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await go(page, "/claims/new");
  await expect(table(page, "Documents of this draft").getByRole("link")).toHaveCount(2);
  await page.getByRole("button", { name: "Discard the draft" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await go(page, "/claims/new");
  await expect(page.getByRole("table", { name: "Documents of this draft" })).toHaveCount(0);
});
