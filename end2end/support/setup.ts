// Once before all tests: bundles to upload, and the demo people's sessions.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEMO, PASSWORD, signIn } from "./people";
import { generate, train, workDir } from "./program";

export default async function setup() {
  const claims = generate("claims", 400, 9);
  train(claims, "ridge-a", "First of two.");
  train(generate("more", 500, 10), "ridge-b", "Second of two.");
  train(generate("other", 300, 11), "ridge-c", "");
  for (const email of DEMO) {
    writeFileSync(join(workDir(), `${email}.json`), JSON.stringify(await signIn(email, PASSWORD)));
  }
}
