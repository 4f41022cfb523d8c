import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

// Files that the tests make for themselves. Workers inherit the variable.
process.env.WORK_DIR ??= mkdtempSync(join(tmpdir(), "solatium-tests-"));

export default defineConfig({
  // `make pictures` asks for the other folder.
  testDir: process.env.SPECS ?? "tests",
  outputDir: "results",
  globalSetup: "./support/setup.ts",
  // Tests of one file share nothing but the server; those that need an order say so.
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./support/count.ts"]],
  use: {
    baseURL: process.env.BASE_URL,
    locale: "en-GB",
    viewport: { width: 1280, height: 900 },
    screenshot: "only-on-failure",
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
      ],
    },
  },
});
