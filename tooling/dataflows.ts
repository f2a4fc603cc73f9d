// Writes the documents of data flows from the models in `dataflows/`; `--help` says how.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { documentOf, type Files } from "./dataflows/page.ts";
import { createModelReader } from "./dataflows/read-model.ts";

const HELP = `Usage: npm run dataflows [-- --check]

Reads every model in dataflows/ (form: dataflows/model.schema.json) and writes docs/data-flows.md for fish farming, a page
for each other use case, and their drawings in docs/data-flows/.
  --check   writes nothing; fails when a document is not what the models say
`;

/** The use case that this project is. */
const OWN = "fish-farming";
const DRAWINGS = "docs/data-flows";
const root = fileURLToPath(new URL("..", import.meta.url));

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  if (args.some((arg) => arg !== "--check")) {
    process.stdout.write(HELP);
    return args.includes("--help") ? 0 : 2;
  }
  const { files, mistakes } = documents();
  if (mistakes.length > 0) {
    process.stdout.write(`${mistakes.join("\n")}\n`);
    return 1;
  }
  return args.includes("--check") ? check(files) : write(files);
}

/** Everything that the models say, and every mistake in any of them. */
function documents(): { files: Files; mistakes: string[] } {
  const readModel = createModelReader(JSON.parse(readFileSync(`${root}dataflows/model.schema.json`, "utf8")));
  const files: Files = {};
  const mistakes: string[] = [];
  for (const source of globSync("dataflows/*.json", { cwd: root }).toSorted()) {
    const name = basename(source, ".json");
    if (name === "model.schema") continue;
    const reading = readModel(parse(source));
    if (!reading.ok) mistakes.push(...reading.mistakes.map((mistake) => `${source}: ${mistake}`));
    else if (reading.model.id !== name) mistakes.push(`${source}: id: the file is named otherwise`);
    else {
      const page = name === OWN ? "docs/data-flows.md" : `${DRAWINGS}/${name}.md`;
      Object.assign(files, documentOf(reading.model, { page, drawings: DRAWINGS, source }));
    }
  }
  return { files, mistakes };
}

/** What a file holds; one that is no JSON is `undefined`, and the reader says so. */
function parse(source: string): unknown {
  try {
    return JSON.parse(readFileSync(`${root}${source}`, "utf8"));
  } catch (error) {
    process.stdout.write(`${source}: ${(error as Error).message}\n`);
    return undefined;
  }
}

function write(files: Files): number {
  for (const path of leftOver(files)) rmSync(`${root}${path}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(`${root}${path}`), { recursive: true });
    writeFileSync(`${root}${path}`, text);
  }
  process.stdout.write(`wrote ${Object.keys(files).length} files: docs/data-flows.md and ${DRAWINGS}/\n`);
  return 0;
}

function check(files: Files): number {
  const existing = new Set(written());
  const wrong = Object.entries(files)
    .filter(([path, text]) => !existing.has(path) || readFileSync(`${root}${path}`, "utf8") !== text)
    .map(([path]) => `${path} is out of date`);
  const all = [...wrong, ...leftOver(files).map((path) => `${path} belongs to no model`)];
  for (const sentence of all) process.stdout.write(`${sentence}: run npm run dataflows\n`);
  return all.length === 0 ? 0 : 1;
}

function written(): string[] {
  return globSync(["docs/data-flows.md", `${DRAWINGS}/*`], { cwd: root });
}

function leftOver(files: Files): string[] {
  return written().filter((path) => !(path in files));
}
