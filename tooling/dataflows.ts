// Observes the data flows of a run, and writes their documents from that and from the models in `dataflows/`; `--help` says how.
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { differences, type Observation } from "./dataflows/observation.ts";
import { documentOf, type Files } from "./dataflows/page.ts";
import { createModelReader } from "./dataflows/read-model.ts";

const HELP = `Usage: npm run dataflows [-- --recorded | --check]

Runs the four activities of fish farming with every reading traced (a minute), and keeps what the spans say in
dataflows/observed/. Fails when a flow was observed that the model does not declare, or declared and not observed. Then reads
every model in dataflows/ (form: dataflows/model.schema.json) and writes docs/data-flows.md for fish farming, a page for each
other use case, and their drawings in docs/data-flows/.
  --recorded   runs nothing: writes the documents from the models and from what was observed last
  --check      runs and writes nothing; fails when a document is not what models and record say, or those differ
`;

/** The use case that this project is. */
const OWN = "fish-farming";
const DRAWINGS = "docs/data-flows";
const root = fileURLToPath(new URL("..", import.meta.url));

const RECORD = `dataflows/observed/${OWN}.json`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg !== "--check" && arg !== "--recorded")) {
    process.stdout.write(HELP);
    return args.includes("--help") ? 0 : 2;
  }
  if (args.length === 0 && !(await observe())) return 1;
  const { files, mistakes } = documents();
  if (mistakes.length > 0) {
    tell(mistakes);
    return 1;
  }
  return args.includes("--check") ? check(files) : write(files);
}

/** Runs, and keeps what was seen where it is what is declared. */
async function observe(): Promise<boolean> {
  // Loaded here, since whoever only checks the documents needs no ledger.
  const [{ observeRun }, { recordOf }] = await Promise.all([
    import("../demo/observed/observed-run.ts"),
    import("./dataflows/record.ts"),
  ]);
  const readModel = createModelReader(JSON.parse(readFileSync(`${root}dataflows/model.schema.json`, "utf8")));
  const reading = readModel(parse(`dataflows/${OWN}.json`));
  if (!reading.ok) return tell(reading.mistakes);
  const dataDir = mkdtempSync(join(tmpdir(), "pondproof-dataflows-"));
  try {
    const onProgress = (sentence: string) => void process.stdout.write(`${sentence}\n`);
    const run = await observeRun({ dataDir, onProgress, signal: new AbortController().signal });
    const record = recordOf(run, reading.model);
    const mistakes = differences(reading.model, record.rows);
    if (mistakes.length > 0) return tell(mistakes);
    mkdirSync(dirname(`${root}${RECORD}`), { recursive: true });
    writeFileSync(`${root}${RECORD}`, `${JSON.stringify(record, undefined, 1)}\n`);
    return true;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function tell(mistakes: readonly string[]): false {
  for (const mistake of mistakes) process.stdout.write(`${mistake}\n`);
  return false;
}

/** What was observed of a use case, where anything was. */
function recordOfModel(name: string): Observation | undefined {
  return name === OWN && existsSync(`${root}${RECORD}`)
    ? (JSON.parse(readFileSync(`${root}${RECORD}`, "utf8")) as Observation)
    : undefined;
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
      const observation = recordOfModel(name);
      if (observation !== undefined)
        mistakes.push(...differences(reading.model, observation.rows).map((it) => `${RECORD}: ${it}`));
      Object.assign(
        files,
        documentOf(reading.model, {
          page,
          drawings: DRAWINGS,
          source,
          ...(observation === undefined ? {} : { observation }),
        }),
      );
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
  for (const sentence of all) process.stdout.write(`${sentence}: run npm run dataflows -- --recorded\n`);
  return all.length === 0 ? 0 : 1;
}

function written(): string[] {
  return globSync(["docs/data-flows.md", `${DRAWINGS}/*`], { cwd: root });
}

function leftOver(files: Files): string[] {
  return written().filter((path) => !(path in files));
}
