// People: the demo's, and new ones that a test has for itself.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { request, type APIRequestContext } from "@playwright/test";
import { workDir } from "./program";

export const PASSWORD = "copper-lantern-drifts-west";
/** What a new person chooses behind the link of their invitation. */
export const OWN_PASSWORD = "velvet-harbor-pilgrim-tundra";

export interface Person {
  name: string;
  email: string;
  password: string;
  state: Awaited<ReturnType<APIRequestContext["storageState"]>>;
}

export const DEMO = [
  "administrator@solatium.example", "engineer@solatium.example", "finance@solatium.example", "finance.lead@solatium.example",
  ...["northgate", "harbour"].flatMap((company) =>
    ["handler", "manager", "administrator", "finance", "engineer"].map((role) => `${role}@${company}.example`)),
];

export function demo(email: string): Person {
  return JSON.parse(readFileSync(join(workDir(), `${email}.json`), "utf8"));
}

export const context = (state?: Person["state"]) =>
  request.newContext({ baseURL: process.env.BASE_URL, storageState: state });

/** Calls a server function as the pages do. */
export async function call<T>(api: APIRequestContext, name: string, form: Record<string, string>): Promise<T> {
  const answer = await api.post(`/fn/${name}`, { form, headers: { accept: "application/json" } });
  const text = await answer.text();
  if (!answer.ok()) throw new Error(`${name}: ${answer.status()} ${text}`);
  return (text ? JSON.parse(text) : null) as T;
}

export async function signIn(email: string, password: string): Promise<Person> {
  const api = await context();
  await call(api, "account/sign_in", { email, password, next: "" });
  const state = await api.storageState();
  await api.dispose();
  return { name: email, email, password, state };
}

/** The link of the newest invitation to an address, from the mail. */
export async function invitation(email: string): Promise<string> {
  const directory = join(workDir(), "mail");
  for (let i = 0; i < 100; i++) {
    const letters = existsSync(directory) ? readdirSync(directory).filter((f) => f.endsWith(".json")).sort().reverse() : [];
    for (const letter of letters) {
      const { to, text } = JSON.parse(readFileSync(join(directory, letter), "utf8"));
      const link = /https?:\/\/\S+\/welcome\/\w+/.exec(text)?.[0];
      if (to.includes(email) && link) return link;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no invitation came to ${email}`);
}

let counter = 0;
/** Something nobody else has: a name, a reference. */
export const unique = (word: string) =>
  `${word}-${process.pid.toString(36)}${Date.now().toString(36).slice(-5)}${(counter++).toString(36)}`.toUpperCase();

/** A new person, past the invitation and the policy. */
export async function newcomer(role: string, company = "Demo Northgate Insurance"): Promise<Person> {
  const admin = await context(demo("administrator@solatium.example").state);
  const choices = await call<{ companies: [string, string][] }>(admin, "people/choices", {});
  const id = choices.companies.find(([, name]) => name === company)?.[0];
  if (!id) throw new Error(`no company ${company}`);
  const name = `Robin ${unique("Test")}`;
  const email = `${name.toLowerCase().replace(/\W+/g, ".")}@e2e.example`;
  await call(admin, "people/create", {
    "person[name]": name, "person[email]": email, "person[role]": role, "person[company_id]": id,
  });
  await admin.dispose();
  const token = (await invitation(email)).split("/").pop()!;
  const stranger = await context();
  await call(stranger, "account/accept_invitation", { token, password: OWN_PASSWORD, again: OWN_PASSWORD });
  await stranger.dispose();
  const person = await signIn(email, OWN_PASSWORD);
  const api = await context(person.state);
  await call(api, "account/acknowledge_policy", { agreed: "true" });
  await api.dispose();
  return { ...person, name, password: OWN_PASSWORD };
}

export type Fields = Record<string, string>;

/** A claim as most are. */
export const CLAIM: Fields = {
  accident_type: "Rear end",
  accident_date: "2026-03-10",
  claim_date: "2026-04-02",
  injury_prognosis_months: "6",
  minor_psychological_injury: "no",
  exceptional_circumstances: "no",
  whiplash: "no",
  general_fixed: "565",
  special_therapy: "420",
  special_earnings_loss: "310.50",
};

export interface Claim {
  path: string;
  reference: string;
}

/** Enters a claim with the form's own request, without the form's page. */
export async function enterClaim(person: Person, fields: Fields = {}): Promise<Claim> {
  const reference = fields.external_reference ?? unique("REF");
  // It can be settled at once, unless the test is about the gate of the Civil Liability Act.
  const report: Fields = "whiplash" in fields ? {} : { medical_report_received: "true" };
  const all = { ...CLAIM, ...report, external_reference: reference, ...fields };
  const form: Fields = Object.fromEntries(Object.entries(all).map(([k, v]) => [`input[fields][${k}]`, v]));
  form["input[token]"] = unique("form");
  const api = await context(person.state);
  const answer = await api.post("/fn/claims/create", { form, headers: { accept: "text/html" }, maxRedirects: 0 });
  const path = answer.headers().location ?? "";
  if (!path.startsWith("/claims/")) throw new Error(`the claim was not entered: ${answer.status()} ${path} ${await answer.text()}`);
  await api.dispose();
  return { path, reference };
}
