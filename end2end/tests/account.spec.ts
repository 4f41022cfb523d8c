import { readFileSync } from "node:fs";
import {
  card, choosePassword, demo, enterClaim, expect, field, go, heading, invitation, newcomer, OWN_PASSWORD,
  ready, row, signInByForm, table, test, unique,
} from "../support/app";
import { run } from "../support/program";

for (const [who, email] of [["an administrator", "administrator@northgate.example"], ["a manager", "manager@northgate.example"]]) {
  test(`story 1: ${who} invites a handler, who chooses a password behind the link of the mail`, async ({ as, refusals }) => {
    const admin = await as(demo(email));
    const name = `Nell ${unique("New")}`;
    const address = `${name.toLowerCase().replace(/\W+/g, ".")}@northgate.example`;
    await go(admin, "/people");
    await admin.getByRole("link", { name: "Add a person" }).click();
    await expect(heading(admin, "Add a person")).toBeVisible();
    await field(admin, "Name").fill(name);
    await field(admin, "E-mail address").fill(address);
    await field(admin, "Role").selectOption({ label: "Claims handler" });
    await field(admin, "Company").selectOption({ label: "Demo Northgate Insurance" });
    await field(admin, "Department").selectOption({ label: "Motor injury" });
    await admin.getByRole("button", { name: "Create" }).click();
    await expect(admin.getByText(`An invitation is on its way to ${address}`)).toBeVisible();
    // Whoever invites never sees the link, nor a password.
    await expect(admin.locator("[data-secret]")).toHaveCount(0);
    const link = await invitation(address);

    const person = await as();
    await go(person, link);
    await expect(person.getByText(`${name}, choose the password with which you sign in as ${address}`)).toBeVisible();
    await choosePassword(person, link);
    await signInByForm(person, address, OWN_PASSWORD);
    await expect(heading(person, "Welcome")).toBeVisible();
    // The link works once.
    refusals.add(404);
    await go(person, link);
    await expect(person.getByRole("alert")).toContainText("has been used or has expired");
    await admin.getByRole("link", { name: "Open" }).click();
    await expect(admin.getByText(/Claims handler at Demo Northgate Insurance\. Active\./)).toBeVisible();
  });
}

test("story 1: a first password from the shell must be changed before anything else", async ({ as }) => {
  const address = `${unique("shell")}@northgate.example`.toLowerCase();
  const printed = run(
    "user", "create", "--company", "Northgate", "--role", "handler", "--name", "Shelly Shell", "--email", address,
  );
  const first = printed.trim().split("\n").pop()!;
  const person = await as();
  await signInByForm(person, address, first);
  await expect(heading(person, "Change your password")).toBeVisible();
  await go(person, "/claims");
  await expect(heading(person, "Change your password")).toBeVisible();
  await field(person, "Current password").fill(first);
  await field(person, "New password").fill(OWN_PASSWORD);
  await field(person, "New password again").fill(OWN_PASSWORD);
  await person.getByRole("button", { name: "Change password" }).click();
  await expect(heading(person, "Welcome")).toBeVisible();
});

test("story 1: a weak new password is refused with the reason", async ({ as, handler, refusals }) => {
  refusals.add(422);
  const page = await as(handler);
  await go(page, "/password");
  await field(page, "Current password").fill(handler.password);
  await field(page, "New password").fill("password1234");
  await field(page, "New password again").fill("password1234");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(field(page, "New password")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("alert")).toContainText("too easy to guess");
});

test("story 1: a wrong password is refused without saying which part is wrong", async ({ as, refusals }) => {
  refusals.add(401);
  const page = await as();
  await go(page, "/sign-in");
  await field(page, "E-mail address").fill("nobody@northgate.example");
  await field(page, "Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("E-mail address or password is wrong.");
});

test("story 81: the policy is acknowledged before the first claim", async ({ as }) => {
  const admin = await as(demo("administrator@northgate.example"));
  await go(admin, "/people/new");
  const name = `Pol ${unique("Policy")}`;
  const address = `${name.toLowerCase().replace(/\W+/g, ".")}@northgate.example`;
  await field(admin, "Name").fill(name);
  await field(admin, "E-mail address").fill(address);
  await field(admin, "Role").selectOption({ label: "Claims handler" });
  await field(admin, "Company").selectOption({ label: "Demo Northgate Insurance" });
  await admin.getByRole("button", { name: "Create" }).click();
  const page = await as();
  await choosePassword(page, await invitation(address));
  await signInByForm(page, address, OWN_PASSWORD);
  await page.getByRole("link", { name: "Read the policy" }).click();
  await expect(heading(page, "Data protection")).toBeVisible();
  // Entering a claim leads back to the policy.
  await go(page, "/claims/new");
  await expect(heading(page, "Data protection")).toBeVisible();
  await page.getByLabel("I have read this and will act on it").check();
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await expect(heading(page, "Your claims")).toBeVisible();
  await go(page, "/claims/new");
  await expect(heading(page, "Enter a claim")).toBeVisible();
});

test("story 83: everybody sees the trail of their own actions", async ({ as }) => {
  const person = await newcomer("handler");
  const claim = await enterClaim(person);
  const page = await as(person);
  await go(page, "/dashboard");
  await page.getByRole("button", { name: person.name }).click();
  await page.getByRole("link", { name: "Your trail" }).click();
  const trail = table(page, "Your own actions");
  await expect(row(trail, "Signed in").first()).toBeVisible();
  await expect(row(trail, "Chose a password")).toBeVisible();
  await expect(row(trail, "Acknowledged the data-protection policy")).toBeVisible();
  await expect(row(trail, "Entered the claim")).toContainText(/C-\d{6}/);
  // The page need not say whose they are; the file does.
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^Download CSV/ }).click()]);
  const lines = readFileSync(await file.path(), "utf8").trim().split("\n").slice(1);
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(line).toContain(person.name);
});

test("the chosen theme is kept", async ({ as, handler }) => {
  const page = await as(handler);
  await go(page, "/account");
  await page.getByRole("button", { name: handler.name }).click();
  await page.getByRole("button", { name: "Dark", exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await ready(page);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(card(page, "You")).toContainText(handler.email);
});

test("signing out ends the session", async ({ as }) => {
  const page = await as(await newcomer("handler"));
  await go(page, "/account");
  await page.locator("button.account").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(heading(page, "Sign in")).toBeVisible();
  await page.goto("/dashboard");
  await expect(heading(page, "Sign in")).toBeVisible();
});
