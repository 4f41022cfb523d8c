import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import {
  card, choosePassword, column, decision, demo, enterClaim, expect, field, go, heading, inTwoSteps, invitation,
  newcomer, OWN_PASSWORD, ready, row, signInByForm, table, test, unique,
} from "../support/app";
import { run, serveEmpty } from "../support/program";

interface Newcomer { name: string; email: string }

async function create(page: Page, role: string, company: string): Promise<Newcomer> {
  const name = `Sam ${unique("Staff")}`;
  const email = `${name.toLowerCase().replace(/\W+/g, ".")}@e2e.example`;
  await go(page, "/people/new");
  await field(page, "Name").fill(name);
  await field(page, "E-mail address").fill(email);
  await field(page, "Role").selectOption({ label: role });
  await field(page, "Company").selectOption({ label: company });
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("link", { name: "Open" })).toBeVisible();
  return { name, email };
}

async function open(page: Page, name: string) {
  await go(page, "/people");
  await table(page, "People").getByRole("link", { name, exact: true }).click();
  await expect(heading(page, name)).toBeVisible();
}

/** Behind the link of the invitation, and in. */
async function enter(page: Page, email: string, link: string) {
  await choosePassword(page, link);
  await signInByForm(page, email, OWN_PASSWORD);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
}

test("story 36: an administrator creates accounts for staff", async ({ as }) => {
  const page = await as(demo("administrator@solatium.example"));
  const made = await create(page, "Finance", "Demo Harbour Mutual");
  await page.getByRole("link", { name: "Open" }).click();
  await expect(heading(page, made.name)).toBeVisible();
  await expect(page.getByText("Finance at Demo Harbour Mutual. Has yet to choose a password", { exact: false })).toBeVisible();
  await go(page, "/people");
  await expect(row(table(page, "People"), made.name)).toContainText(made.email);
});

test("story 36: an e-mail address that is taken, or is none, is refused beside the field", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("administrator@northgate.example"));
  await go(page, "/people/new");
  await field(page, "Name").fill("Second Hannah");
  await field(page, "E-mail address").fill("handler@northgate.example");
  await field(page, "Role").selectOption({ label: "Claims handler" });
  await field(page, "Company").selectOption({ label: "Demo Northgate Insurance" });
  await page.getByRole("button", { name: "Create" }).click();
  await expect(field(page, "E-mail address")).toHaveAccessibleDescription(/is here already/);
  await expect(page.getByRole("alert")).toContainText("is here already");
  await expect(field(page, "Name")).toHaveValue("Second Hannah");
});

test("story 37: a role decides what somebody may do, and changes at once", async ({ as }) => {
  const admin = await as(demo("administrator@northgate.example"));
  const made = await create(admin, "Claims handler", "Demo Northgate Insurance");
  const page = await as();
  await enter(page, made.email, await invitation(made.email));
  const nav = page.getByRole("navigation", { name: "Main" });
  await expect(nav.getByRole("link", { name: "Enter a claim" })).toBeVisible();
  await expect(nav.getByRole("link", { name: "Invoices" })).toHaveCount(0);

  await open(admin, made.name);
  await field(card(admin, "Particulars"), "Role").selectOption({ label: "Finance" });
  await card(admin, "Particulars").getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText(/^Finance at Demo Northgate Insurance\./)).toBeVisible();
  // What was open under the old role has ended.
  await page.goto("/dashboard");
  await expect(heading(page, "Sign in")).toBeVisible();
  await signInByForm(page, made.email, OWN_PASSWORD);
  await expect(heading(page, "Billing")).toBeVisible();
  await expect(nav.getByRole("link", { name: "Invoices" })).toBeVisible();
  await expect(nav.getByRole("link", { name: "Enter a claim" })).toHaveCount(0);
});

test("story 38: a deactivated person's sessions end at once, in every browser", async ({ as, refusals }) => {
  refusals.add(401);
  const person = await newcomer("handler");
  const theirs = await as(person);
  await go(theirs, "/dashboard");
  await expect(heading(theirs, "Your claims")).toBeVisible();
  const admin = await as(demo("administrator@northgate.example"));
  await open(admin, person.name);
  await inTwoSteps(card(admin, "Access"), "Deactivate");
  await expect(admin.getByText("Deactivated: cannot sign in.")).toBeVisible();
  // An open page gets nothing more, a new one leads to the sign-in, and that refuses.
  await theirs.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Claims", exact: true }).click();
  await expect(theirs.getByText("Sign in to go on.").or(heading(theirs, "Sign in")).first()).toBeVisible();
  await theirs.goto("/dashboard");
  await expect(heading(theirs, "Sign in")).toBeVisible();
  await signInByForm(theirs, person.email, person.password);
  await expect(theirs.getByRole("alert")).toContainText("E-mail address or password is wrong.");
  // And back again.
  await inTwoSteps(card(admin, "Access"), "Activate");
  await expect(card(admin, "Access").getByRole("button", { name: "Deactivate" })).toBeVisible();
  await signInByForm(theirs, person.email, person.password);
  await expect(heading(theirs, "Your claims")).toBeVisible();
});

test("story 39: an administrator resets a password", async ({ as, refusals }) => {
  refusals.add(401);
  const person = await newcomer("handler");
  const theirs = await as(person);
  await go(theirs, "/dashboard");
  const admin = await as(demo("administrator@northgate.example"));
  await open(admin, person.name);
  const before = await invitation(person.email);
  await card(admin, "Access").getByRole("button", { name: "Send a new link" }).click();
  await expect(admin.getByText(`An invitation is on its way to ${person.email}`)).toBeVisible();
  await theirs.goto("/dashboard");
  await expect(heading(theirs, "Sign in")).toBeVisible();
  await signInByForm(theirs, person.email, person.password);
  await expect(theirs.getByRole("alert")).toContainText("is wrong");
  await expect.poll(() => invitation(person.email)).not.toBe(before);
  await enter(theirs, person.email, await invitation(person.email));
  await expect(heading(theirs, "Your claims")).toBeVisible();
});

test("story 40: the audit page says whether the log's chain holds, and when it was verified", async ({ as }) => {
  const printed = run("audit", "verify");
  expect(printed.trim().split("\n").pop()).toMatch(/^[0-9a-f]{64}$/);
  const page = await as(demo("administrator@solatium.example"));
  await go(page, "/audit");
  await expect(page.getByText(/^The chain holds: \d+ rows, each with the hash of the one before it\. Last verified/)).toBeVisible();
  const insurer = await as(demo("administrator@northgate.example"));
  await go(insurer, "/audit");
  await expect(insurer.getByText(/^The chain of this log holds\. Last verified/)).toBeVisible();
});

test("story 40: the audit log is read with filters", async ({ as }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const id = claim.path.split("/").pop()!;
  const page = await as(demo("administrator@northgate.example"));
  await go(page, "/audit");
  await field(page, "Action").selectOption({ label: "Claim created" });
  await field(page, "Who").selectOption({ label: person.name });
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/action=claim\.created/);
  await expect(page.getByText("1 in all")).toBeVisible();
  const log = table(page, "Audit log, newest first");
  await expect(log.locator("tbody tr")).toHaveCount(1);
  await expect(log).toContainText(/C-\d{6}/);
  await expect(log).toContainText("Entered the claim");
  await ready(page);
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(log.locator("tbody tr")).toHaveCount(50);
  await field(page, "Claim number or id").fill(id);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("1 in all")).toBeVisible();
  const number = await (await log.innerText()).match(/C-\d{6}/)![0];
  await expect(log).toContainText(person.name);
  await field(page, "Claim number or id").fill(number);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(row(log, number).first()).toContainText(person.name);
});

test("story 40: what the filters show of the audit log is downloaded, and that it was is recorded", async ({ as }) => {
  const person = await newcomer("handler");
  await enterClaim(person);
  await enterClaim(person);
  const page = await as(demo("administrator@northgate.example"));
  await go(page, "/audit");
  await field(page, "Action").selectOption({ label: "Claim created" });
  await field(page, "Who").selectOption({ label: person.name });
  await page.getByRole("button", { name: "Filter" }).click();
  const log = table(page, "Audit log, newest first");
  await expect(log.locator("tbody tr")).toHaveCount(2);
  const numbers = await column(log, "No.");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download CSV of Audit log, newest first" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^audit-log-newest-first-claim-created-usr-.+\.csv$/);
  const text = readFileSync(await download.path(), "utf8");
  expect(text.startsWith("\ufeff"), "spreadsheets read it as UTF-8").toBe(true);
  const [header, ...rows] = text.trim().split("\n");
  expect(header.trim()).toBe("No.,When,Who,Company,What,Of,Action,Id");
  expect(rows.map((line) => line.split(",")[0])).toEqual(numbers);
  expect(rows.every((line) => line.includes(person.name))).toBe(true);
  await go(page, "/trail");
  const trail = table(page, "Your own actions");
  await expect(row(trail, "Downloaded “audit log newest first” as a table").first()).toBeVisible();
});

test("story 40: an insurer's administrator sees nothing of another company", async ({ as }) => {
  const claim = await enterClaim(demo("handler@harbour.example"));
  const id = claim.path.split("/").pop()!;
  const page = await as(demo("administrator@northgate.example"));
  await go(page, `/audit?entity=${id}`);
  await expect(page.getByText("No action fits these filters.")).toBeVisible();
  const operator = await as(demo("administrator@solatium.example"));
  await go(operator, `/audit?entity=${id}`);
  await expect(operator.getByText("1 in all")).toBeVisible();
});

test("story 42: an administrator sets up an insurance company", async ({ as }) => {
  const page = await as(demo("administrator@solatium.example"));
  const name = `Insurer ${unique("Company")}`;
  await go(page, "/companies");
  await field(page, "Name").fill(name);
  await field(page, "Postal address").fill("9 Quay Road\nPoole\nBH15 1AA");
  await field(page, "Billing contact").fill("accounts@insurer.example");
  await field(page, "VAT number").fill("GB 111 2223 34");
  await page.getByRole("button", { name: "Add the company" }).click();
  await expect(heading(page, name)).toBeVisible();
  await expect(page.getByText("Insurer · 0 people")).toBeVisible();
  await field(page, "Billing contact").fill("bills@insurer.example");
  await Promise.all([
    page.waitForResponse((r) => r.url().endsWith("/fn/companies/update") && r.ok()),
    page.getByRole("button", { name: "Save" }).click(),
  ]);
  await go(page, "/companies");
  await expect(row(table(page, "Companies"), name)).toContainText("bills@insurer.example");
  // Its people work in it from now on.
  const made = await create(page, "Claims handler", name);
  await go(page, "/people");
  await expect(row(table(page, "People"), made.name)).toContainText(name);
});

test("story 42: a billing contact that is no address is refused beside the field", async ({ as, refusals }) => {
  refusals.add(422);
  const page = await as(demo("administrator@solatium.example"));
  await go(page, "/companies");
  await field(page, "Name").fill("   ");
  await field(page, "Billing contact").fill("a@b");
  await page.getByRole("button", { name: "Add the company" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.locator("[aria-invalid=true]").first()).toBeVisible();
});

test("story 43: departments structure a company", async ({ as }) => {
  const page = await as(demo("administrator@northgate.example"));
  await go(page, "/companies");
  await table(page, "Companies").getByRole("link", { name: "Demo Northgate Insurance" }).click();
  await expect(heading(page, "Demo Northgate Insurance")).toBeVisible();
  const name = `Recoveries ${unique("Dep")}`;
  await field(page, "Name of the department").fill(name);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(row(table(page, "Departments"), name)).toBeVisible();
  await go(page, "/people/new");
  await field(page, "Department").selectOption({ label: name });
});

test("the set-up link makes the first administrator; without a model, claims are decided by hand", async ({ as, refusals }) => {
  const server = await serveEmpty();
  try {
    const link = /http:\/\/\S+\/setup\/\S+/.exec(server.printed())?.[0];
    expect(link, server.printed()).toBeTruthy();
    const page = await as(undefined, { baseURL: server.url });
    await go(page, "/");
    await expect(page.getByText("Nobody can sign in yet.")).toBeVisible();
    await go(page, link!);
    await field(page, "Your name").fill("First Admin");
    await field(page, "E-mail address").fill("first@e2e.example");
    await field(page, "Password").fill(OWN_PASSWORD);
    await page.getByRole("button", { name: "Create" }).click();
    await expect(heading(page, "Sign in")).toBeVisible();
    await signInByForm(page, "first@e2e.example", OWN_PASSWORD);
    await expect(heading(page, "Administration")).toBeVisible();
    await go(page, "/companies");
    await field(page, "Name").fill("Lone Insurer");
    await page.getByRole("button", { name: "Add the company" }).click();
    await expect(heading(page, "Lone Insurer")).toBeVisible();
    const made = await create(page, "Claims handler", "Lone Insurer");
    // No mail server is set here: the link is shown once.
    await expect(page.getByText("The link is shown once")).toBeVisible();
    const shown = (await page.locator("[data-secret]").innerText()).trim();
    expect(shown).toContain(`${server.url}/welcome/`);

    const handler = await as(undefined, { baseURL: server.url });
    await enter(handler, made.email, shown);
    await go(handler, "/policy");
    await handler.getByLabel("I have read this and will act on it").check();
    await handler.getByRole("button", { name: "Acknowledge" }).click();
    await expect(heading(handler, "Your claims")).toBeVisible();
    await go(handler, "/claims/new");
    await field(handler, "Accident").selectOption({ label: "Rear end" });
    await field(handler, "Accident date").fill("2026-03-10");
    await field(handler, "Claim made on").fill("2026-04-02");
    await field(handler, "Prognosis in months").fill("6");
    await field(handler, "Physiotherapy").fill("420");
    await handler.getByRole("button", { name: "Save and predict" }).click();
    await expect(heading(handler, /^Claim /)).toBeVisible();
    await expect(card(handler, "Prediction")).toContainText("No model is deployed just now. The claim can be decided by hand.");
    await handler.getByRole("button", { name: "Decide by hand" }).click();
    await field(handler, "Settle for, in pounds").fill("512.34");
    await field(handler, "Why").selectOption({ label: "Negotiated with the claimant's side" });
    // The form left open whether it is a whiplash injury, which is not settled without a report.
    refusals.add(422);
    await handler.getByRole("button", { name: "Settle for this amount" }).click();
    await expect(handler.getByRole("alert")).toContainText("say that this is no whiplash injury");
    await handler.getByLabel("This is no whiplash injury").check();
    await handler.getByRole("button", { name: "Settle for this amount" }).click();
    await expect(decision(handler)).toContainText("settled for £512.34");
    await expect(decision(handler)).toContainText("Decided by hand by");

    // The link works once.
    refusals.add(404);
    const again = await as(undefined, { baseURL: server.url });
    await go(again, link!);
    await field(again, "Your name").fill("Second Admin");
    await field(again, "E-mail address").fill("second@e2e.example");
    await field(again, "Password").fill(OWN_PASSWORD);
    await again.getByRole("button", { name: "Create" }).click();
    await expect(again.getByRole("alert")).toContainText("has been used or has expired");
  } finally {
    await server.stop();
  }
});
