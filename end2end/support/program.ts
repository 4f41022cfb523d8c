// The program as the tests run it: its commands, and servers of their own.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = () => {
  if (!process.env.SOLATIUM_BIN) throw new Error("SOLATIUM_BIN is not set: run scripts/browser-tests.sh");
  return process.env.SOLATIUM_BIN;
};

/** The program takes every SOLATIUM_ variable for a setting, and refuses one that it does not know. */
function settings(more: Record<string, string> = {}) {
  const { SOLATIUM_BIN: _, ...env } = process.env;
  return { ...env, ...more };
}

export const workDir = () => process.env.WORK_DIR!;

export function run(...args: string[]): string {
  return execFileSync(binary(), args, { encoding: "utf8", env: settings(), stdio: ["ignore", "pipe", "pipe"] });
}

/** A file of synthetic claims with the data set's own header. */
export function generate(name: string, claims: number, seed: number): string {
  const out = join(workDir(), `${name}.csv`);
  run("generate", "--claims", `${claims}`, "--seed", `${seed}`, "--out", out);
  return out;
}

export function train(data: string, name: string, notes: string): string {
  const out = join(workDir(), `${name}.solm`);
  run("train", "--data", data, "--out", out, "--family", "ridge", "--name", name, "--notes", notes);
  return out;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** A second server, on an empty data directory. */
export async function serveEmpty() {
  const data = mkdtempSync(join(tmpdir(), "solatium-empty-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const env = settings({ SOLATIUM_DATA_DIR: data, SOLATIUM_ADDR: url.slice("http://".length) });
  const child = spawn(binary(), ["serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  child.stderr.resume();
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.kill("SIGTERM")) await ended;
    rmSync(data, { recursive: true, force: true });
  };
  for (let i = 0; i < 100; i++) {
    const up = await fetch(`${url}/readyz`).then((r) => r.ok, () => false);
    if (up && printed.includes("is ready")) return { url, stop, printed: () => printed };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`the second server did not start:\n${printed}`);
}

/** A model that LightGBM trained, imported and signed; gives the signer's public key. */
export function importSigned(calibrate: string, name: string): string {
  const fixtures = join(__dirname, "../../crates/ml/tests/imports");
  const { columns, replaced, cases } = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8"));
  const { prediction } = cases.find((c: { file: string }) => c.file === "lightgbm_l1.txt");
  const probes = join(workDir(), `${name}-probes.csv`);
  const lines = replaced.map((row: number[], i: number) => [...row, prediction[i]].join(","));
  writeFileSync(probes, [[...columns, "prediction"].join(","), ...lines].join("\n"));
  const [out, key] = [join(workDir(), `${name}.solm`), join(workDir(), `${name}.key`)];
  run(
    "bundle", "import", "--model", join(fixtures, "lightgbm_l1.txt"), "--target", "residual",
    "--calibrate", calibrate, "--probes", probes, "--name", name, "--out", out,
  );
  const signer = /[0-9a-f]{64}/.exec(run("bundle", "keygen", "--out", key))![0];
  run("bundle", "sign", "--key", key, out);
  return signer;
}
