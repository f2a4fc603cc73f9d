// `npm run gas [-- --check]`: what every operation costs, measured by the gas tests; `--check` compares with docs/gas.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startVitest } from "vitest/node";
import type { GasRow } from "../unit/contracts/gas-book.ts";
import { flatChart, measureFlatCost } from "./gas-flat.ts";

/** Tests that note what operations cost (`noteGas`). */
const TESTS = [
  "tests/unit/contracts/gas.test.ts",
  "tests/unit/contracts/challenge-gas.test.ts",
  "tests/unit/contracts/raw-windows.test.ts",
];
const TABLE = new URL("../../docs/gas.md", import.meta.url);
const CHART = new URL("../../docs/gas-flat.svg", import.meta.url);
/** Zero bytes in times and hashes differ from run to run. */
const TOLERANCE = 0.01;

const rows = await measure();
if (process.argv.includes("--check")) {
  const problems = compare(rows, parse(readFileSync(TABLE, "utf8")));
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) console.log("if that is meant: npm run gas, and commit docs/gas.md");
  process.exit(problems.length === 0 ? 0 : 1);
}
writeFileSync(TABLE, tableOf(rows));
writeFileSync(CHART, flatChart(await measureFlatCost()));
process.exit(0);

async function measure(): Promise<GasRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "pondproof-gas-"));
  process.env.POND_GAS_ROWS = join(folder, "rows");
  const vitest = await startVitest("test", TESTS, { run: true, watch: false, reporters: ["dot"] });
  const failed = vitest.state.getFailedFilepaths();
  await vitest.close();
  if (failed.length > 0) throw new Error(`gas tests failed: ${failed.join(", ")}`);
  const noted = readFileSync(join(folder, "rows"), "utf8").trim().split("\n");
  rmSync(folder, { recursive: true });
  const highest = new Map<string, GasRow>();
  for (const row of noted.map((line) => JSON.parse(line) as GasRow)) {
    if (row.gas >= (highest.get(row.operation)?.gas ?? 0)) highest.set(row.operation, row);
  }
  return [...highest.values()].sort((a, b) => (a.operation < b.operation ? -1 : 1));
}

function tableOf(measured: readonly GasRow[]): string {
  const lines = measured.map(
    ({ operation, gas, most }) => `| ${operation} | ${gas} | ${most ?? ""} | ${share(gas, most)} |`,
  );
  return [
    "# Gas",
    "",
    "Whole transactions on an EVM of the Osaka rules, as the gas tests measure them; limits of protocol §7 and of the",
    "insurance design. `npm run gas` writes this page, `npm run gas -- --check` fails where a figure moved by more than 1 %.",
    "",
    "| operation | gas | limit | share |",
    "| --- | ---: | ---: | ---: |",
    ...lines,
    "",
    "A window proof costs the same however long the window and its stream are, but for the height of the tree:",
    "",
    "![Gas of a window proof against the length of the window, for three sizes of stream](gas-flat.svg)",
    "",
  ].join("\n");
}

function share(gas: number, most: number | undefined): string {
  return most === undefined ? "" : `${((100 * gas) / most).toFixed(0)} %`;
}

function parse(table: string): Map<string, number> {
  return new Map([...table.matchAll(/^\| (.+?) \| (\d+) \|/gm)].map(([, name, gas]) => [name!, Number(gas)]));
}

function compare(measured: readonly GasRow[], committed: ReadonlyMap<string, number>): string[] {
  const moved = measured.flatMap(({ operation, gas }) => {
    const was = committed.get(operation);
    if (was === undefined) return [`${operation}: ${gas}, not in docs/gas.md`];
    return Math.abs(gas - was) > TOLERANCE * was ? [`${operation}: ${gas}, was ${was}`] : [];
  });
  const known = new Set(measured.map(({ operation }) => operation));
  const gone = [...committed.keys()].filter((operation) => !known.has(operation));
  return [...moved, ...gone.map((operation) => `${operation}: not measured any more`)];
}
