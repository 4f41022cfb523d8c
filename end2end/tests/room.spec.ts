// The claims handler's room, with real files made by the letters' generator.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { card, column, decision, demo, enterClaim, expect, field, go, heading, newcomer, row, table, test, type Fields, type Person } from "../support/app";
import { added, letter } from "../support/letters";

/** A claim of this person, on its page. */
async function onClaim(page: Page, person: Person, fields: Fields = {}): Promise<string> {
  const claim = await enterClaim(person, fields);
  await go(page, claim.path);
  return claim.path;
}

/** What was found, by what it is called. */
const found = (page: Page, label: string) =>
  page.locator(".found > li").filter({ has: page.getByRole("heading", { name: label, exact: true }) });

test("story 6: each fact of a letter is confirmed, edited or rejected beside its page, by keyboard alone", async ({ as, handler }) => {
  const { path } = letter(7);
  const page = await as(handler);
  const claim = await onClaim(page, handler, { claim_date: "2026-11-20" });
  await added(page, path("letter.pdf"));
  // The page's picture is there, with the place of what has the focus outlined.
  const picture = page.locator(".paper img");
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 500)).toBe(true);
  const date = found(page, "Accident date");
  await date.focus();
  const box = page.locator(".paper polygon");
  const before = await box.getAttribute("points");
  await expect(date).toHaveClass(/shown/);
  const outlined = (await box.boundingBox())!;
  const sheet = (await picture.boundingBox())!;
  expect(outlined.width).toBeGreaterThan(10);
  expect(outlined.y).toBeGreaterThan(sheet.y);
  expect(outlined.y + outlined.height).toBeLessThan(sheet.y + sheet.height);
  // Enter takes it over, and the focus goes to the next that waits.
  await page.keyboard.press("Enter");
  await expect(page.getByText(/Accident date: (taken over|confirmed)/)).toBeVisible();
  await expect(found(page, "Accident date")).toContainText("Confirmed");
  await expect(date.locator("xpath=following-sibling::li[contains(@class, 'open')]").first()).toBeFocused();
  expect(await box.getAttribute("points")).not.toBe(before);
  // E goes into the value; edited, it is taken over by Enter.
  const prognosis = found(page, "Prognosis");
  await prognosis.focus();
  await page.keyboard.press("e");
  await expect(prognosis.getByLabel("Value")).toBeFocused();
  await prognosis.getByLabel("Value").fill("8");
  await page.keyboard.press("Enter");
  await expect(found(page, "Prognosis")).toContainText("Confirmed, edited");
  // X rejects.
  const reference = found(page, "Reference").first();
  await reference.focus();
  await page.keyboard.press("x");
  await expect(page.getByText("Reference: rejected.")).toBeVisible();
  // Nothing confirms all at once, and no amount is taken over by itself.
  await expect(page.getByRole("button", { name: /all/i })).toHaveCount(0);
  await go(page, claim);
  await expect(card(page, "The claim")).toContainText("8 months");
  await expect(card(page, "What happened with this claim")).toContainText("Changed: Prognosis; predicted £");
});

test("story 6: a value that cannot be is refused beside its input; of two tabs the second is told who was first", async ({ as, handler, refusals }) => {
  refusals.add(422).add(409);
  const { path } = letter(9);
  const page = await as(handler);
  await onClaim(page, handler);
  await added(page, path("letter.txt"));
  const second = await as(handler);
  await go(second, page.url());
  // A text has no page: the words around the value stand beside it.
  await expect(page.locator(".paper")).toHaveCount(0);
  const first = page.locator(".found > li").filter({ has: page.locator("[inputmode=decimal]") }).first();
  await expect(first.locator("mark")).not.toBeEmpty();
  const label = (await first.getByRole("heading").innerText()).trim();
  await first.getByLabel("Value").fill("lots");
  await first.getByRole("button", { name: `Confirm ${label}` }).click();
  await expect(first.getByRole("alert")).toContainText("Value");
  await expect(first.getByLabel("Value")).toHaveValue("lots");
  await first.getByLabel("Value").fill("123.45");
  await first.getByRole("button", { name: `Confirm ${label}` }).click();
  await expect(found(page, label)).toContainText("Confirmed, edited");
  const other = found(second, label);
  await other.getByLabel("Value").fill("99.99");
  await other.getByRole("button", { name: `Confirm ${label}` }).click();
  await expect(other.getByRole("alert")).toContainText(/has answered this already/);
  await expect(other.getByLabel("Value")).toHaveValue("99.99");
});

test("story 6: a scan and a photo are read, and the picture that is shown is the straightened page", async ({ as, handler }) => {
  test.slow();
  test.skip(!existsSync("/usr/bin/tesseract"), "without tesseract pictures are kept and not read");
  const { path, truth } = letter(11);
  for (const name of ["letter.png", "letter.jpg"]) {
    const page = await as(handler);
    await onClaim(page, handler);
    await added(page, path(name));
    const date = found(page, "Accident date");
    await expect(date.getByLabel("Value")).toHaveValue(String(truth.accident_date));
    await expect(page.locator(".paper img")).toBeVisible();
  }
});

test("story 6: a video is seen and heard beside what was said in it", async ({ as, handler }) => {
  test.slow();
  test.skip(!["ffmpeg", "pocketsphinx_continuous"].every((name) => existsSync(`/usr/bin/${name}`)), "without ffmpeg and pocketsphinx recordings are kept and not heard");
  const { path } = letter(13);
  test.skip(!existsSync(path("letter.wav")), "without flite nobody reads a letter out");
  const film = path("statement.mp4");
  execFileSync("ffmpeg", ["-y", "-loglevel", "error", "-f", "lavfi", "-i", "color=c=blue:s=640x480:r=10", "-t", "20", "-i", path("letter.wav"), "-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", film]);
  const page = await as(handler);
  await onClaim(page, handler);
  await added(page, film);
  const video = page.locator(".reading video");
  await expect(video).toBeVisible();
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.videoHeight), { timeout: 60_000 }).toBe(360);
  const href = (await video.getAttribute("src"))!;
  const part = await page.request.get(href, { headers: { range: "bytes=0-99" } });
  expect([part.status(), (await part.body()).length]).toEqual([206, 100]);
  await page.locator("summary", { hasText: "What was heard" }).click();
  await expect(page.locator(".said")).not.toBeEmpty();
});

test("story 6: the document that is the medical report opens the gate", async ({ as, handler }) => {
  const { path } = letter(12);
  const page = await as(handler);
  const claim = await onClaim(page, handler, { whiplash: "yes" });
  await added(page, path("letter.txt"));
  await page.getByRole("button", { name: "This is the medical report" }).click();
  await expect(page.getByText("The claim has its medical report.")).toBeVisible();
  await go(page, claim);
  await expect(decision(page).getByLabel("A medical report has been received")).toHaveCount(0);
  await expect(card(page, "The claim")).toContainText("Received");
});

test("story 2: a handler completes their profile, and their manager sees it", async ({ as }) => {
  const person: Person = await newcomer("handler");
  const page = await as(person);
  await go(page, "/profile");
  await expect(page.getByText("Your profile is not complete")).toBeVisible();
  const work = card(page, "Your work");
  await field(work, "Job title").fill("Senior handler");
  await field(work, "What you mostly work on").selectOption({ label: "Larger injury" });
  await field(work, "Handling claims since").fill("2015");
  await work.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your profile is saved.")).toBeVisible();
  await expect(page.getByText("Your profile is not complete")).toHaveCount(0);
  await page.reload();
  await expect(field(work, "Job title")).toHaveValue("Senior handler");
  const manager = await as(await newcomer("manager"));
  await go(manager, "/team");
  await expect(manager.getByText("Claims handler: Senior handler, Larger injury").first()).toBeVisible();
});

test("story 3: the tutorial: a practice claim, a misreading to catch, five questions; skipped and gone on with", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(await newcomer("handler"));
  await go(page, "/help");
  await page.getByRole("link", { name: "The tutorial" }).click();
  await expect(page.getByText("Step 1 of 6.")).toBeVisible();
  await page.getByRole("button", { name: "Skip it for now" }).click();
  await expect(page).toHaveURL(/\/dashboard/);
  await go(page, "/help/tutorial");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText(/The model proposes £[\d,.]+/)).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();
  // A letter is answered as a real one is, by keyboard; what is wrong is not taken over, what is right not thrown away.
  await expect(page.getByRole("button", { name: "Go on" })).toHaveCount(0);
  const travel = found(page, "Travel to treatment");
  await travel.focus();
  await page.keyboard.press("Enter");
  await expect(travel.getByRole("alert")).toContainText("Look again: read the words around it");
  await found(page, "Physiotherapy").focus();
  await page.keyboard.press("x");
  await expect(found(page, "Physiotherapy").getByRole("alert")).toContainText("Look again: the letter says so");
  await field(travel, "Value").fill("48");
  await travel.getByRole("button", { name: /^Confirm/ }).click();
  await expect(travel).toContainText("Confirmed, edited");
  for (const head of ["Whiplash tariff", "Physiotherapy", "Loss of earnings"]) {
    await found(page, head).focus();
    await page.keyboard.press("Enter");
    await expect(found(page, head)).toContainText("Confirmed");
  }
  await page.getByRole("button", { name: "Back" }).click();
  await expect(page.getByText("Step 2 of 6.")).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText("Step 3 of 6.")).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText("Step 4 of 6.")).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText("Step 5 of 6.")).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();
  const questions = card(page, "Five questions");
  const answers = [
    "How unsure the model is about this claim",
    "The person who looks at it and decides",
    "The physiotherapy claimed moves the prediction up by £310 against the average claim",
    "Reject it, or correct it before it is confirmed",
    "Your manager’s consent in every case",
  ];
  const choose = async () => {
    for (const [i, answer] of answers.entries()) {
      await questions.locator("select").nth(i).selectOption({ label: answer });
    }
    await questions.getByRole("button", { name: "Answer" }).click();
  };
  await choose();
  await expect(page.getByRole("alert")).toContainText("Look again.");
  answers[4] = "The reason, so that the model can be improved";
  await choose();
  await expect(page.getByText(/Completed on .*, with 4 of 5 answers right at once\./)).toBeVisible();
  // The practice claim is in no list.
  await go(page, "/claims?mine=true");
  await expect(page.getByText("No claim")).toBeVisible();
  await go(page, "/help/tutorial");
  await page.getByRole("button", { name: "Do it again" }).click();
  await expect(page.getByText("Step 1 of 6.")).toBeVisible();
});

test("story 4: how predictions come about, with a worked example that adds up to the penny", async ({ as, handler }) => {
  const page = await as(handler);
  await onClaim(page, handler);
  await page.getByRole("link", { name: "How this came about" }).click();
  await expect(heading(page, "How predictions come about")).toBeVisible();
  await expect(page.getByText(/version \d+\./)).toBeVisible();
  await page.getByText("Show as a table").click();
  const figures = table(page, "A worked example in figures");
  const pence = (text: string) => Math.round(Number(text.replace(/[£,+]/g, "").replace("−", "-")) * 100);
  const all = (await column(figures, "Pounds")).map(pence);
  expect(all.slice(0, -1).reduce((a, b) => a + b, 0)).toBe(all.at(-1));
});

test("story 10: an offer is entered and accepted, and the claim is settled for it", async ({ as, handler }) => {
  const page = await as(handler);
  await onClaim(page, handler);
  await page.getByText("Enter an offer").click();
  const form = page.locator("details").filter({ hasText: "Enter an offer" });
  await expect(field(form, "Amount in pounds")).toHaveValue("");
  await field(form, "Who").selectOption({ label: "They ask" });
  await field(form, "Amount in pounds").fill("432.10");
  await form.getByRole("button", { name: "Enter the offer" }).click();
  const offers = table(page, "Offers");
  await expect(row(offers, "They ask")).toContainText("Stands");
  await row(offers, "They ask").getByRole("button", { name: /Accepted: settle for £432.10/ }).click();
  await expect(decision(page)).toContainText("settled for £432.10");
  await expect(row(offers, "They ask")).toContainText("Accepted");
});

test("story 10: heads are adjusted for a reason, and their sum can be what is settled", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const page = await as(handler);
  await onClaim(page, handler);
  await page.getByRole("link", { name: "Assess the heads" }).click();
  await expect(heading(page, /Assess the heads of C-/)).toBeVisible();
  const amount = page.locator("[inputmode=decimal]").first();
  await amount.fill("10");
  await page.getByRole("button", { name: "Keep this assessment" }).click();
  await expect(page.getByRole("alert")).toContainText("Say what the evidence is");
  await page.locator("select").first().selectOption({ label: "No invoice or receipt supports it" });
  await page.getByRole("button", { name: "Keep this assessment" }).click();
  const assessed = table(page, "Assessed heads");
  await expect(assessed).toContainText("No invoice or receipt supports it");
  await page.getByRole("button", { name: /Settle for the sum, £/ }).click();
  await expect(decision(page)).toContainText("settled for £");
});

test("story 13: above one’s authority a claim goes to a manager", async ({ as, refusals }) => {
  refusals.add(422);
  const person = await newcomer("handler");
  const manager = await as(await newcomer("manager"));
  await go(manager, "/team");
  await manager.getByRole("link", { name: "Authority limits" }).click();
  const form = card(manager, "Set a limit");
  const own = field(form, "Who").locator("option").filter({ hasText: person.name });
  await field(form, "Who").selectOption((await own.getAttribute("value"))!);
  await field(form, "Up to, in pounds").fill("50");
  await form.getByRole("button", { name: "Set the limit" }).click();
  await expect(row(table(manager, "Who may settle for how much"), person.name)).toContainText("£50.00");
  const page = await as(person);
  await onClaim(page, person);
  await page.getByRole("button", { name: "Settle for another amount" }).click();
  const dialog = page.locator("dialog[open]");
  await field(dialog, "Settle for, in pounds").fill("50.01");
  await field(dialog, "Why").selectOption({ index: 1 });
  await dialog.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(dialog.getByRole("alert")).toContainText("ask for a review, and a manager decides it");
  await field(dialog, "Settle for, in pounds").fill("50");
  await dialog.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(decision(page)).toContainText("settled for £50.00");
});

test("story 14: a clock of the law is said to be met, and taken back", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  const claim = await onClaim(page, person, { claim_date: "2026-04-02" });
  await go(page, "/dashboard");
  const tile = page.locator(".tile").filter({ hasText: "Clocks run out" });
  await expect(tile).toContainText("2");
  await go(page, claim);
  const clock = row(table(page, "What comes next"), "Register with the Compensation Recovery Unit");
  await expect(clock).toContainText("Overdue");
  await clock.getByRole("button", { name: /^Done/ }).click();
  await expect(clock).toContainText(`Done by ${person.name}`);
  await go(page, "/dashboard");
  await expect(tile).toContainText("1");
  await go(page, "/diary");
  const clocks = table(page, "Clocks of your open claims");
  await expect(clocks).not.toContainText("Compensation Recovery Unit");
  await row(clocks, "Answer on liability").getByRole("button", { name: /^Done/ }).click();
  await expect(clocks).not.toContainText("Answer on liability");
  await go(page, claim);
  await clock.getByRole("button", { name: /^Not done/ }).click();
  await expect(clock).toContainText("Overdue");
});

test("story 14: the diary: a next action on a claim, done from one’s own page", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await onClaim(page, person);
  await page.getByText("Put a next action into the diary").click();
  const form = page.locator("details").filter({ hasText: "Put a next action into the diary" });
  await field(form, "What is to be done").fill("Ring the garage");
  await field(form, "Or in so many working days").fill("2");
  await form.getByRole("button", { name: "Put it into the diary" }).click();
  await expect(row(table(page, "What comes next"), "Ring the garage")).toBeVisible();
  await expect(table(page, "What comes next")).toContainText("Answer on liability");
  await go(page, "/diary");
  const own = table(page, "Your next actions");
  await row(own, "Ring the garage").getByRole("button", { name: "Done: Ring the garage" }).click();
  await expect(page.getByText("Nothing is in your diary.")).toBeVisible();
  await expect(table(page, "Clocks of your open claims")).toContainText("Limitation");
});

test("story 17: a report of one’s own decisions, as CSV and as PDF", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await onClaim(page, person);
  await decision(page).locator("form > .button.primary").first().click();
  await expect(decision(page)).toContainText("Prediction accepted by");
  await go(page, "/performance");
  const decided = table(page, "Claims you decided");
  await expect(decided.locator("tbody tr")).toHaveCount(1);
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download CSV/ }).first().click()]);
  const lines = readFileSync((await csv.path())!, "utf8").trim().split("\n");
  expect(lines).toHaveLength(2);
  const [pdf] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as PDF" }).click()]);
  expect(readFileSync((await pdf.path())!).subarray(0, 5).toString()).toBe("%PDF-");
  expect(pdf.suggestedFilename()).toMatch(/^your-work-.*\.pdf$/);
});

test("story 18: how one is told is one’s own choice", async ({ as }) => {
  const page = await as(await newcomer("handler"));
  await go(page, "/profile");
  const form = card(page, "How you are told");
  await field(form, "A claim I flagged was reviewed").selectOption({ label: "There and by mail" });
  await form.getByRole("button", { name: "Keep this" }).click();
  await expect(page.getByText("It is kept how you are told.")).toBeVisible();
  await page.reload();
  await expect(field(form, "A claim I flagged was reviewed")).toHaveValue("mail");
});

test("story 19: a claim is bookmarked with a note, and shared with the team", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  await onClaim(page, person);
  await page.getByText("Bookmark as an example").click();
  const form = page.locator("details").filter({ hasText: "Bookmark as an example" });
  await field(form, "Why it is an example").fill("A clear whiplash with hire");
  await form.getByLabel("The team sees it").check();
  await form.getByRole("button", { name: "Bookmark", exact: true }).click();
  await expect(page.getByText("Bookmarked for the team.")).toBeVisible();
  await go(page, "/bookmarks");
  await expect(row(table(page, "Yours"), "A clear whiplash with hire")).toBeVisible();
  const colleague = await as(await newcomer("handler"));
  await go(colleague, "/bookmarks");
  await expect(row(table(colleague, "The team’s"), "A clear whiplash with hire").first()).toBeVisible();
  await row(table(page, "Yours"), "A clear whiplash with hire").getByRole("button", { name: /^Remove/ }).click();
  await expect(page.getByText("The bookmark is removed.")).toBeVisible();
});

test("a claimant is told how their claim was valued, and can contest it", async ({ as }) => {
  const person = await newcomer("handler");
  const page = await as(person);
  const claim = await onClaim(page, person);
  await decision(page).locator("form > .button.primary").first().click();
  await expect(decision(page)).toContainText("Prediction accepted by");
  const [notice] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Notice for the claimant/ }).click()]);
  expect(readFileSync((await notice.path())!).subarray(0, 5).toString()).toBe("%PDF-");
  await page.getByText("The claimant contests this").click();
  const form = page.locator("details").filter({ hasText: "The claimant contests this" });
  await field(form, "What they say").fill("The physiotherapy was left out");
  await form.getByRole("button", { name: "Open the claim again" }).click();
  await expect(page.getByText("The claim is open again, and the managers are told.")).toBeVisible();
  await expect(page.getByText(/Somebody else decides now/)).toBeVisible();
  const manager = await as(demo("manager@northgate.example"));
  await go(manager, claim);
  await manager.getByRole("button", { name: "Settle for another amount" }).click();
  const dialog = manager.locator("dialog[open]");
  await field(dialog, "Settle for, in pounds").fill("600");
  await field(dialog, "Why").selectOption({ index: 1 });
  await dialog.getByRole("button", { name: "Settle for this amount" }).click();
  await expect(decision(manager)).toContainText("settled for £600.00");
});

test("a claim is corrected by hand, and predicted anew", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const page = await as(handler);
  await onClaim(page, handler);
  await page.getByRole("link", { name: "Correct the claim" }).click();
  await field(page, "Prognosis, months").fill("700");
  await page.getByRole("button", { name: "Correct the claim" }).click();
  await expect(page.getByRole("alert")).toContainText("from 1 to 60");
  await field(page, "Prognosis, months").fill("11");
  await page.getByRole("button", { name: "Correct the claim" }).click();
  await expect(page.getByText("Corrected. The claim was predicted anew.")).toBeVisible();
  await expect(card(page, "The claim")).toContainText("11 months");
});

test("where a company asks for it, the own estimate comes before the prediction", async ({ as }) => {
  const manager = await as(await newcomer("manager", "Demo Harbour Mutual"));
  await go(manager, "/team/estimates");
  const rules = card(manager, "When it is asked for");
  const set = async (on: boolean) => {
    await rules.getByLabel("Ask for an own estimate first").setChecked(on);
    await field(rules, "From this sum claimed on, in pounds").fill("1");
    await rules.getByRole("button", { name: "Set these rules" }).click();
    await expect(manager.getByText("The rules are set.")).toBeVisible();
  };
  await set(true);
  const person = await newcomer("handler", "Demo Harbour Mutual");
  const page = await as(person);
  await onClaim(page, person);
  const asked = page.locator(".decision section.card");
  await expect(asked).toBeVisible();
  await expect(page.getByText("How it comes about")).toHaveCount(0);
  await field(asked, "Your estimate, in pounds").fill("700");
  await asked.getByRole("button", { name: "Keep it, and show the prediction" }).click();
  await expect(page.getByText("How it comes about")).toBeVisible();
  await expect(page.getByText("The handler’s own estimate was £700.00.")).toBeVisible();
  await set(false);
});
