// Compares docs/stories.md with the browser tests and the repository. Ends with 1 if they differ.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const STORIES = 92;
const root = fileURLToPath(new URL("..", import.meta.url));
const specs = join(root, "end2end", "tests");
const problems = [];

/** Titles of the tests of each file. A title in backticks may hold `${…}`. */
const titles = new Map(
  readdirSync(specs).filter((name) => name.endsWith(".spec.ts")).map((name) => {
    const text = readFileSync(join(specs, name), "utf8");
    const calls = text.matchAll(/\btest(?:\.\w+)?\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g);
    return [name, [...calls].map((call) => call[1] ?? call[2])];
  }),
);

const named = new Set();
const seen = new Map();
for (const line of readFileSync(join(root, "docs", "stories.md"), "utf8").split("\n")) {
  const row = /^\|\s*(\d+)\s*\|([^|]*)\|([^|]*)\|([^|]*)\|\s*$/.exec(line);
  if (!row) {
    if (/^\|\s*\d/.test(line)) problems.push(`this row cannot be read: ${line}`);
    continue;
  }
  const number = Number(row[1]);
  const [story, where, tests] = row.slice(2).map((cell) => cell.trim());
  seen.set(number, (seen.get(number) ?? 0) + 1);
  if (!story) problems.push(`story ${number} has no words`);

  const paths = [...where.matchAll(/`([^`]+)`/g)].map((m) => m[1]);
  for (const path of paths) {
    if (!existsSync(join(root, path))) problems.push(`story ${number}: there is no ${path}`);
  }
  const done = where !== "not yet";
  if (done && paths.length === 0) problems.push(`story ${number} names no place: give paths, or "not yet"`);

  const found = [...tests.matchAll(/`([\w.-]+)` "([^"]+)"/g)].map((m) => ({ file: m[1], title: m[2] }));
  if (tests.replace(/`[\w.-]+` "[^"]+"/g, "").replace(/[;\s]/g, "")) problems.push(`story ${number}: its tests cannot be read: ${tests}`);
  if (done && found.length === 0) problems.push(`story ${number} is said to be done, but names no test`);
  if (!done && found.length > 0) problems.push(`story ${number} names tests, but is not done`);
  for (const { file, title } of found) {
    if (!title.startsWith(`story ${number}: `)) problems.push(`story ${number} names the test of another: "${title}"`);
    if (!titles.get(file)?.includes(title)) problems.push(`story ${number}: ${file} has no test "${title}"`);
    named.add(`${file}\n${title}`);
  }
}

for (let number = 1; number <= STORIES; number++) {
  const times = seen.get(number) ?? 0;
  if (times !== 1) problems.push(`story ${number} stands ${times === 0 ? "nowhere" : `${times} times`} in the table`);
}
for (const number of seen.keys()) {
  if (number < 1 || number > STORIES) problems.push(`there is no story ${number}`);
}
for (const [file, all] of titles) {
  for (const title of all) {
    if (title.startsWith("story ") && !named.has(`${file}\n${title}`)) problems.push(`the table does not name ${file} "${title}"`);
  }
}

for (const problem of problems) console.error(`docs/stories.md: ${problem}`);
if (problems.length === 0) console.log(`docs/stories.md: ${STORIES} stories, ${named.size} tests, all found`);
process.exitCode = problems.length === 0 ? 0 : 1;
