// `npm run gas [-- --check]`: what every operation costs, measured by the gas tests, and how large the contracts are;
// `--check` compares with docs/gas.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import hre from "hardhat";
import { startVitest } from "vitest/node";
import type { GasRow } from "../unit/contracts/gas-book.ts";
import { flatChart, measureFlatCost } from "./gas-flat.ts";

/** Tests that note what operations cost (`noteGas`). */
const TESTS = [
  "tests/unit/contracts/gas.test.ts",
  "tests/unit/contracts/challenge-gas.test.ts",
  "tests/unit/contracts/raw-windows.test.ts",
  "tests/unit/contracts/policy-gas.test.ts",
  "tests/unit/contracts/dispute-gas.test.ts",
  "tests/unit/contracts/consents.test.ts",
  "tests/unit/contracts/feed-claims.test.ts",
];
/** The most bytes that a contract may have (EIP-170). */
const MOST_BYTES = 24_576;
const TABLE = new URL("../../docs/gas.md", import.meta.url);
const CHART = new URL("../../docs/gas-flat.svg", import.meta.url);
/** Zero bytes in times and hashes differ from run to run. */
const TOLERANCE = 0.01;

/** A figure of the page, by its name. */
type Figure = { name: string; value: number };
type Size = { contract: string; bytes: number };

const rows = await measure();
const sizes = await measureSizes();
if (process.argv.includes("--check")) {
  const figures = [
    ...rows.map(({ operation, gas }) => ({ name: operation, value: gas })),
    ...sizes.map(({ contract, bytes }) => ({ name: contract, value: bytes })),
  ];
  const problems = compare(figures, parse(readFileSync(TABLE, "utf8")));
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) console.log("if that is meant: npm run gas, and commit docs/gas.md");
  process.exit(problems.length === 0 ? 0 : 1);
}
writeFileSync(TABLE, pageOf(rows, sizes));
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

/** Bytes of every contract that is deployed: interfaces have none, libraries lie in those that use them. */
async function measureSizes(): Promise<Size[]> {
  const names = [...(await hre.artifacts.getAllFullyQualifiedNames())].filter((name) =>
    name.startsWith("contracts/"),
  );
  const artifacts = await Promise.all(names.map((name) => hre.artifacts.readArtifact(name)));
  return artifacts
    .filter(({ abi }) => abi.some(({ type }: { type: string }) => type === "function"))
    .map(({ contractName, deployedBytecode }) => ({
      contract: contractName,
      bytes: (deployedBytecode.length - 2) / 2,
    }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

function pageOf(measured: readonly GasRow[], contracts: readonly Size[]): string {
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
    "## Size",
    "",
    `Bytes of the deployed contracts, of the ${MOST_BYTES} that the EVM allows.`,
    "",
    "| contract | bytes | room left |",
    "| --- | ---: | ---: |",
    ...contracts.map(({ contract, bytes }) => `| ${contract} | ${bytes} | ${MOST_BYTES - bytes} |`),
    "",
  ].join("\n");
}

function share(gas: number, most: number | undefined): string {
  return most === undefined ? "" : `${((100 * gas) / most).toFixed(0)} %`;
}

function parse(table: string): Map<string, number> {
  return new Map(
    [...table.matchAll(/^\| (.+?) \| (\d+) \|/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}

function compare(measured: readonly Figure[], committed: ReadonlyMap<string, number>): string[] {
  const moved = measured.flatMap(({ name, value }) => {
    const was = committed.get(name);
    if (was === undefined) return [`${name}: ${value}, not in docs/gas.md`];
    return Math.abs(value - was) > TOLERANCE * was ? [`${name}: ${value}, was ${was}`] : [];
  });
  const known = new Set(measured.map(({ name }) => name));
  const gone = [...committed.keys()].filter((name) => !known.has(name));
  return [...moved, ...gone.map((name) => `${name}: not measured any more`)];
}
