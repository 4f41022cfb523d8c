// Letters of the generator, and putting them where they belong.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, heading, row, table } from "./app";
import { workDir } from "./program";

/** A letter in every medium, and the truth about it. */
export function letter(seed: number) {
  const folder = join(workDir(), `letter-${seed}`);
  if (!existsSync(join(folder, "truth.json"))) {
    execFileSync(join(dirname(process.env.SOLATIUM_BIN!), "letters"), ["make", `${seed}`, folder]);
  }
  return { path: (name: string) => join(folder, name), truth: JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")) };
}

type File = string | { name: string; mimeType: string; buffer: Buffer };

/** Chooses files on a claim's page, which sends them at once. */
export async function add(page: Page, file: File | string[]) {
  await page.getByLabel("Add documents").setInputFiles(file);
}

/** Adds a file to a claim and opens it once it is read. */
export async function added(page: Page, file: string) {
  const name = file.split("/").pop()!;
  await add(page, file);
  await opened(page, name);
}

/** Opens a document of a claim once it is read. */
export async function opened(page: Page, name: string) {
  const documents = table(page, "Documents");
  await expect(row(documents, name)).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(row(documents, name)).not.toContainText("Is being read", { timeout: 500 });
  }).toPass({ timeout: 60_000 });
  await documents.getByRole("link", { name }).click();
  await expect(heading(page, name)).toBeVisible();
}
