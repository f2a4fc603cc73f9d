// Writes the documents that come from code; with `--check` it only says which of them are out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERRORS } from "../protocol/errors.ts";

const cell = (text: string) => text.replaceAll("|", "\\|");

const DOCUMENTS = {
  "docs/errors.md": () =>
    [
      "# Error codes",
      "",
      "Every error of Pondproof has one of these codes. Generated from `protocol/errors.ts` by `npm run documents`.",
      "",
      "| code | what happened | what to do |",
      "| --- | --- | --- |",
      ...Object.entries(ERRORS)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([code, { meaning, hint }]) => `| \`${code}\` | ${cell(meaning)} | ${cell(hint)} |`),
      "",
    ].join("\n"),
} satisfies Record<string, () => string>;

const check = process.argv.includes("--check");

for (const [path, make] of Object.entries(DOCUMENTS)) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!check) {
    writeFileSync(file, make());
  } else if (readFileSync(file, "utf8") !== make()) {
    process.stdout.write(`${path} is out of date: run npm run documents\n`);
    process.exitCode = 1;
  }
}
