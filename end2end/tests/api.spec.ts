import type { APIRequestContext, Page } from "@playwright/test";
import { decision, demo, expect, field, go, inTwoSteps, heading, row, table, test, unique } from "../support/app";

const CLAIM = {
  accident_type: "Rear end",
  accident_date: "2026-03-10",
  claim_date: "2026-04-02",
  injury_prognosis_months: 6,
  minor_psychological_injury: false,
  exceptional_circumstances: false,
  whiplash: false,
  medical_report_received: true,
  general_fixed_pence: 56_500,
  special_therapy_pence: 42_000,
  driver_age: 44,
  gender: "Female",
};

async function makeKey(page: Page, name = unique("Key")): Promise<{ name: string; token: string }> {
  await go(page, "/api-keys");
  await field(page, "Company").selectOption({ label: "Demo Northgate Insurance" });
  await field(page, "What it is for").fill(name);
  await page.getByRole("button", { name: "Make a key" }).click();
  const issued = page.getByRole("status").filter({ hasText: `API key “${name}”` });
  await expect(issued).toContainText("shown once");
  return { name, token: (await issued.locator("[data-secret]").innerText()).trim() };
}

const predict = (request: APIRequestContext, token: string, data: unknown, headers = {}) =>
  request.post("/api/v1/predictions", { data, headers: { authorization: `Bearer ${token}`, ...headers } });

test("story 85: with a key from the page, another system predicts, reads and decides a claim", async ({ as, request }) => {
  const admin = await as(demo("administrator@northgate.example"));
  const { token } = await makeKey(admin);
  const reference = unique("CMS");
  const idempotency = { "idempotency-key": unique("once") };
  const answer = await predict(request, token, { claim: { ...CLAIM, external_reference: reference } }, idempotency);
  expect(answer.status()).toBe(201);
  const made = await answer.json();
  expect(made).toMatchObject({
    prediction_id: expect.any(String), claim_id: expect.any(String), level: 0.9, tariff_pence: 56_500,
    model: { name: expect.any(String), version: expect.any(Number) },
  });
  expect(made.lower_pence).toBeLessThanOrEqual(made.amount_pence);
  expect(made.upper_pence).toBeGreaterThanOrEqual(made.amount_pence);
  const parts: { feature: string; label: string; amount_pence: number }[] = made.contributions;
  expect(parts.reduce((sum, c) => sum + c.amount_pence, made.base_pence)).toBe(made.amount_pence);
  expect(parts.map((c) => c.feature).join(" ")).not.toMatch(/gender|driver_age/);

  // A retry gets the first answer and enters nothing again.
  const retried = await predict(request, token, { claim: { ...CLAIM, external_reference: reference } }, idempotency);
  expect(retried.status()).toBe(201);
  expect(await retried.json()).toEqual(made);
  const other = await predict(request, token, { claim: { ...CLAIM, external_reference: "other" } }, idempotency);
  expect(other.status()).toBe(422);

  const headers = { authorization: `Bearer ${token}` };
  const read = await request.get(`/api/v1/claims/${made.claim_id}`, { headers });
  expect(read.status()).toBe(200);
  expect(await read.json()).toMatchObject({
    claim_id: made.claim_id, external_reference: reference, status: "open", total_pence: 98_500, decision: null,
    prediction: { prediction_id: made.prediction_id, amount_pence: made.amount_pence },
  });

  // Nothing is settled without a person, who is named.
  const settling = { kind: "override", amount_pence: 90_001, reason: "negotiated" };
  const nobody = await request.post(`/api/v1/claims/${made.claim_id}/decision`, { headers, data: settling });
  expect(nobody.status()).toBe(422);
  expect((await nobody.json()).errors[0].field).toBe("decided_by");
  const person = { decided_by: "J. Okafor, motor claims", decided_at: new Date().toISOString() };
  const decided = await request.post(`/api/v1/claims/${made.claim_id}/decision`, {
    headers, data: { ...settling, ...person },
  });
  expect(decided.status()).toBe(200);
  expect(await decided.json()).toMatchObject({ kind: "overridden", amount_pence: 90_001, reason: "negotiated" });
  const twice = await request.post(`/api/v1/claims/${made.claim_id}/decision`, {
    headers, data: { kind: "accept", prediction_id: made.prediction_id, ...person },
  });
  expect(twice.status()).toBe(409);

  // People see it beside their own claims.
  const handler = await as(demo("handler@northgate.example"));
  await go(handler, `/claims?search=${reference}`);
  await expect(handler.getByText("1 in all")).toBeVisible();
  await table(handler, "Claims").getByRole("link").first().click();
  await expect(decision(handler)).toContainText("settled for £900.01");
});

test("story 44: an API key is made, seen in use and revoked", async ({ as, request }) => {
  const page = await as(demo("administrator@northgate.example"));
  const { name, token } = await makeKey(page);
  const keys = page.getByRole("region", { name: "API keys" });
  await expect(row(keys, name)).toContainText("Active");
  // The page never shows it again.
  await go(page, "/api-keys");
  await expect(page.locator("main")).not.toContainText(token);
  expect((await predict(request, token, { claim: CLAIM })).status()).toBe(201);
  await inTwoSteps(page, `Revoke the key “${name}”`, "Revoke the key");
  await expect(row(keys, name)).toContainText("Revoked");
  const late = await predict(request, token, { claim: CLAIM });
  expect(late.status()).toBe(401);
  expect(late.headers()["content-type"]).toContain("application/problem+json");
});

test("story 85: mistakes come back as a problem document that names each field", async ({ as, request }) => {
  const { token } = await makeKey(await as(demo("administrator@northgate.example")));
  const wrong = await predict(request, token, {
    claim: { ...CLAIM, claim_date: "2026-03-01", injury_prognosis_months: 99, special_therapy_pence: "12", yacht: 1 },
  });
  expect(wrong.status()).toBe(422);
  expect(wrong.headers()["content-type"]).toContain("application/problem+json");
  const problem = await wrong.json();
  expect(problem).toMatchObject({ type: expect.any(String), title: expect.any(String), status: 422, detail: expect.any(String) });
  const fields = problem.errors.map((e: { field: string; message: string }) => e.field).sort();
  expect(fields).toEqual(["claim_date", "injury_prognosis_months", "special_therapy_pence", "yacht"]);
  for (const e of problem.errors) expect(e.message.length).toBeGreaterThan(10);

  const nobody = await predict(request, "sol_nothing", { claim: CLAIM });
  expect(nobody.status()).toBe(401);
  const broken = await request.post("/api/v1/predictions", {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, data: Buffer.from("{"),
  });
  expect(broken.status()).toBe(422);
  const lost = await request.get("/api/v1/claims/clm_nothing", { headers: { authorization: `Bearer ${token}` } });
  expect(lost.status()).toBe(404);
});

test("story 85: a key opens its own company's claims only", async ({ as, request }) => {
  const { token } = await makeKey(await as(demo("administrator@northgate.example")));
  const made = await (await predict(request, token, { claim: CLAIM })).json();
  const operator = await as(demo("administrator@solatium.example"));
  await go(operator, "/api-keys");
  await field(operator, "Company").selectOption({ label: "Demo Harbour Mutual" });
  await field(operator, "What it is for").fill(unique("Harbour"));
  await operator.getByRole("button", { name: "Make a key" }).click();
  const harbour = (await operator.locator("[data-secret]").innerText()).trim();
  const foreign = await request.get(`/api/v1/claims/${made.claim_id}`, { headers: { authorization: `Bearer ${harbour}` } });
  expect(foreign.status()).toBe(404);
});

test("story 85: the API describes itself", async ({ as, request }) => {
  const description = await (await request.get("/api/v1/openapi.json")).json();
  expect(description.openapi).toMatch(/^3\./);
  for (const path of ["/api/v1/predictions", "/api/v1/claims/{id}", "/api/v1/claims/{id}/decision"]) {
    expect(Object.keys(description.paths)).toContain(path);
  }
  const page = await as(demo("administrator@northgate.example"));
  await go(page, "/api-keys");
  await page.getByRole("link", { name: "How to call the API" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("body")).toContainText("/api/v1/predictions");
  await expect(page.locator("body")).toContainText("Idempotency-Key");
});

test("story 88: API calls are logged and listed, failed ones apart", async ({ as, request }) => {
  const page = await as(demo("administrator@northgate.example"));
  const { name, token } = await makeKey(page);
  const good = await predict(request, token, { claim: CLAIM });
  const bad = await predict(request, token, { claim: {} });
  expect([good.status(), bad.status()]).toEqual([201, 422]);
  const calls = table(page, "API calls, newest first");
  // Calls are written a few times a second.
  await expect(async () => {
    await go(page, "/api-calls");
    await expect(row(calls, name)).toHaveCount(2, { timeout: 500 });
  }).toPass();
  await expect(row(calls, good.headers()["x-request-id"])).toContainText("POST /api/v1/predictions");
  await expect(row(calls, good.headers()["x-request-id"])).toContainText("201");
  await field(page, "Show").selectOption({ label: "Failed only" });
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/failed=true/);
  await expect(row(calls, name)).toHaveCount(1);
  await expect(row(calls, name)).toContainText("422");
  // Not another company's business.
  const other = await as(demo("administrator@harbour.example"));
  await go(other, "/api-calls");
  await expect(heading(other, "API calls")).toBeVisible();
  await expect(other.locator("main")).not.toContainText(name);
});
