// `npm run coverage`: lines and branches of the evidence contracts that their Solidity tests reach; fails below all of them
// but those of `ALLOWED`.
// Hardhat counts lines only, so Foundry's forge counts here, over the same tests and the same compiler.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forgePath } from "./forge.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const REPORT = join(ROOT, ".coverage/lcov.info");
const ROOMS = ["contracts/evidence/", "contracts/identity/"];

/** Branches that forge's tests cannot take, each found by its source text, with what speaks for it. */
const ALLOWED: readonly { path: string; text: string; reason: string }[] = [
  {
    path: "contracts/identity/ReadingSignature.sol",
    text: "if (!decided) revert NotEnoughGas(gasleft());\n        valid = _ask(question);",
    reason:
      "practically unreachable: SHA-256 of 134 bytes costs 120 gas, and the 64th that a call keeps back is then too little to revert with",
  },
  ...[
    "require(verifies(hash, r, s, x, y) && !verifies(~hash, r, s, x, y), NoPrecompile());",
    "require(_ask(_words(hash, r, ORDER - s, x, y)), NoPrecompile());",
    "if (!decided) revert NotEnoughGas(gasleft());\n    }\n\n    /// @dev Five words",
  ].map((text) => ({
    path: "contracts/identity/ReadingSignature.sol",
    text,
    reason: "tested in tests/unit/contracts/without-precompile.test.ts: forge has no chain before Osaka",
  })),
];

type Point = { line: number; reached: boolean };
type File = { path: string; lines: Point[]; branches: Point[] };

const forge = forgePath();
if (forge === undefined) {
  console.log("not counted: forge is not on this machine (npm ci on Linux x64 installs it)");
  process.exit(process.env.POND_REQUIRE_REAL === "1" ? 1 : 0);
}
mkdirSync(dirname(REPORT), { recursive: true });
const tests = spawnSync(
  forge,
  [
    "coverage",
    "--report",
    "lcov",
    "--report-file",
    REPORT,
    "--match-path",
    "tests/contracts/{evidence,identity}/*",
  ],
  {
    cwd: ROOT,
    // forge starts the compiler through `env node`: hand it the Node that runs this file.
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    encoding: "utf8",
  },
);
const failures = /Failing tests:[\s\S]*/.exec(tests.stdout)?.[0];
if (tests.status !== 0 || failures !== undefined) {
  console.log(failures ?? `${tests.stdout.slice(-4_000)}${tests.stderr.slice(-4_000)}`);
  process.exit(1);
}

const files = parseReport(readFileSync(REPORT, "utf8")).filter(({ path }) =>
  ROOMS.some((room) => path.startsWith(room)),
);
const unmatched = ALLOWED.filter((entry) => !allow(entry));
for (const file of files) console.log(describe(file));
const total = {
  path: "all of them",
  lines: files.flatMap(({ lines }) => lines),
  branches: files.flatMap(({ branches }) => branches),
};
console.log(describe(total));
for (const { path, text, reason } of ALLOWED) console.log(`${path}: ${firstLine(text)}: ${reason}`);
for (const { path, text } of unmatched) {
  console.log(`${path}: no branch that is not reached at "${firstLine(text)}": take it from the list`);
}
const isWhole =
  unmatched.length === 0 &&
  files.length > 0 &&
  [...total.lines, ...total.branches].every(({ reached }) => reached);
process.exit(isWhole ? 0 : 1);

/** Files of an lcov report: `DA:line,hits` and `BRDA:line,block,branch,hits or -`. */
function parseReport(report: string): File[] {
  return report
    .split("end_of_record")
    .flatMap((record) => {
      const path = /^SF:(.*)$/m.exec(record)?.[1];
      if (path === undefined) return [];
      const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, hits]) => point(line, hits));
      const branches = [...record.matchAll(/^BRDA:(\d+),\d+,\d+,(\d+|-)$/gm)].map(([, line, hits]) =>
        point(line, hits),
      );
      return [{ path, lines, branches }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Takes the branch at the line that `text` begins on from what has to be reached; false where it is not missed. */
function allow({ path, text }: (typeof ALLOWED)[number]): boolean {
  const parts = readFileSync(join(ROOT, path), "utf8").split(text);
  const branches = files.find((file) => file.path === path)?.branches ?? [];
  const line = parts[0]?.split("\n").length;
  const at = branches.findIndex((branch) => branch.line === line && !branch.reached);
  if (parts.length !== 2 || at < 0) return false;
  branches.splice(at, 1);
  return true;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}

function point(line: string | undefined, hits: string | undefined): Point {
  return { line: Number(line), reached: Number(hits) > 0 };
}

function describe({ path, lines, branches }: File): string {
  const share = (points: readonly Point[]) =>
    `${points.filter(({ reached }) => reached).length}/${points.length}`;
  const missed = [
    ...lines.filter(({ reached }) => !reached).map(({ line }) => `line ${line}`),
    ...branches.filter(({ reached }) => !reached).map(({ line }) => `a branch of ${line}`),
  ];
  const places = path === "all of them" || missed.length === 0 ? "" : `; not reached: ${missed.join(", ")}`;
  return `${path}: lines ${share(lines)}, branches ${share(branches)}${places}`;
}
