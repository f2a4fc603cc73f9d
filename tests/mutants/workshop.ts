import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forgePath } from "../../tooling/forge.ts";
import { codeWith } from "./compile.ts";
import type { Mutant } from "./mutant.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COPIED = [
  "artifacts",
  "contracts",
  "foundry.toml",
  "hardhat.config.ts",
  "ignition",
  "ledger",
  "package.json",
  "protocol",
  "tests",
  "tooling",
  "types",
  "vitest.config.ts",
];
const MOST_SECONDS = 400;

export type Verdict = { killedBy: string } | "survived";

type Run = { code: number | null; output: string };

/** A copy of the project in which contracts are broken, one at a time; the project itself is not touched. */
export type Workshop = {
  try(mutant: Mutant): Promise<Verdict>;
  close(): void;
};

export function openWorkshop(): Workshop {
  const place = mkdtempSync(join(tmpdir(), "pondproof-mutants-"));
  for (const name of COPIED) cpSync(join(ROOT, name), join(place, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
  let built = false;

  const forge = async (...args: string[]): Promise<Run> => {
    const binary = forgePath();
    if (binary === undefined) throw new Error("no forge for this platform");
    return run(place, binary, args);
  };

  /** Tests of unbroken contracts must pass; what forge made of them is the start for every mutant. */
  const build = async () => {
    if (built) return;
    const { code, output } = await forge("test");
    if (code !== 0) throw new Error(`the tests fail before any mutation:\n${output.slice(-4_000)}`);
    cpSync(join(place, ".coverage"), join(place, ".built"), { recursive: true });
    built = true;
  };

  const solidity = async (path: string): Promise<Verdict> => {
    rmSync(join(place, ".coverage"), { recursive: true, force: true });
    cpSync(join(place, ".built"), join(place, ".coverage"), { recursive: true, preserveTimestamps: true });
    const { code, output } = await forge("test", "--match-path", `tests/contracts/${path}`);
    if (/Compiler run failed/.test(output)) throw new Error(output.slice(0, 2_000));
    const failed = /\[FAIL[\s\S]*?\b((?:test|testFuzz|invariant)_\w+)\(/.exec(output)?.[1];
    if (code === 0) return "survived";
    // A run that was ended from outside says nothing of the mutant.
    if (failed === undefined)
      throw new Error(`forge failed without a failing test:\n${output.slice(-2_000)}`);
    return { killedBy: `${failed} (${path})` };
  };

  const typescript = async (mutant: Mutant, name: string): Promise<Verdict> => {
    const changed = codeWith(place, mutant.file);
    for (const { artifact, code } of changed) {
      const kept = JSON.parse(readFileSync(artifact, "utf8")) as object;
      writeFileSync(artifact, JSON.stringify({ ...kept, ...code }));
    }
    try {
      return await vitest(place, name);
    } finally {
      for (const { artifact } of changed) cpSync(artifact.replace(place, ROOT), artifact);
    }
  };

  return {
    async try(mutant) {
      const file = join(place, "contracts", mutant.file);
      const source = readFileSync(file, "utf8");
      if (source.split(mutant.from).length !== 2) {
        throw new Error(`${mutant.id}: "${mutant.from}" is not once in contracts/${mutant.file}`);
      }
      if (mutant.solidity !== undefined) await build();
      writeFileSync(
        file,
        source.replace(mutant.from, () => mutant.to),
      );
      try {
        const verdict = mutant.solidity === undefined ? "survived" : await solidity(mutant.solidity);
        if (verdict !== "survived" || mutant.typescript === undefined) return verdict;
        return await typescript(mutant, mutant.typescript);
      } finally {
        writeFileSync(file, source);
      }
    },
    close: () => rmSync(place, { recursive: true, force: true }),
  };
}

async function vitest(place: string, name: string): Promise<Verdict> {
  const report = join(place, ".vitest.json");
  rmSync(report, { force: true });
  const args = ["run", `tests/unit/contracts/${name}.test.ts`, "--bail", "1"];
  const script = join(ROOT, "node_modules/vitest/vitest.mjs");
  const { code, output } = await run(place, process.execPath, [
    script,
    ...args,
    "--reporter=json",
    `--outputFile=${report}`,
  ]);
  if (code === 0) return "survived";
  if (code === null) throw new Error(`vitest was ended from outside:\n${output.slice(-2_000)}`);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  const failed = testResults.flatMap((file) => file.assertionResults).find((it) => it.status === "failed");
  if (failed === undefined && !/Error/.test(output)) throw new Error(output.slice(-2_000));
  return { killedBy: `${failed?.fullName.trim() ?? "its set-up"} (${name})` };
}

async function run(cwd: string, command: string, args: readonly string[]): Promise<Run> {
  mkdirSync(join(cwd, ".coverage"), { recursive: true });
  const child = spawn(command, args, {
    cwd,
    // forge starts the compiler through `env node`: hand it the Node that runs this file.
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(1000 * MOST_SECONDS),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
