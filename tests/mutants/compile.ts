import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

type Output = {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, Compiled>>;
};
type Compiled = {
  abi: unknown;
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
};

/** What an artifact of Hardhat's gets in the place of what it has. */
export type NewCode = {
  artifact: string;
  code: { abi: unknown; bytecode: string; deployedBytecode: string };
};

/** The contracts that hold code of `file` as they are now, compiled as hardhat.config.ts says; no others are. */
export function codeWith(place: string, file: string): NewCode[] {
  const sources = new Map<string, string>();
  const paths = globSync("contracts/**/*.sol", { cwd: place });
  for (const path of paths) collect(place, path, sources);
  const changed = paths.filter((path) => reaches(path, `contracts/${file}`, sources));
  const wanted = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...sources].map(([path, content]) => [path, { content }])),
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "osaka",
      outputSelection: Object.fromEntries(changed.map((path) => [path, { "*": wanted }])),
    },
  };
  const { stdout } = spawnSync(process.execPath, ["tooling/solc-wasm.cjs", "--standard-json"], {
    cwd: place,
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const { errors = [], contracts = {} } = JSON.parse(stdout) as Output;
  const failed = errors.filter(({ severity }) => severity === "error");
  if (failed.length > 0) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return Object.entries(contracts).flatMap(([path, named]) =>
    Object.entries(named).flatMap(([name, { abi, evm }]) => {
      const artifact = join(place, "artifacts", path, `${name}.json`);
      const [bytecode, deployedBytecode] = [`0x${evm.bytecode.object}`, `0x${evm.deployedBytecode.object}`];
      return existsSync(artifact) ? [{ artifact, code: { abi, bytecode, deployedBytecode } }] : [];
    }),
  );
}

/** Reads a source and everything that it imports. */
function collect(place: string, path: string, sources: Map<string, string>): void {
  if (sources.has(path)) return;
  const file = path.startsWith("@") ? join(place, "node_modules", path) : join(place, path);
  sources.set(path, readFileSync(file, "utf8"));
  for (const imported of importsOf(path, sources)) collect(place, imported, sources);
}

function importsOf(path: string, sources: ReadonlyMap<string, string>): string[] {
  const imports = sources.get(path)!.matchAll(/^import\s(?:[^;]*?from\s)?"([^"]+)";/gm);
  return [...imports].map(([, from]) =>
    from!.startsWith(".") ? normalize(join(dirname(path), from!)) : from!,
  );
}

function reaches(
  path: string,
  target: string,
  sources: Map<string, string>,
  seen = new Set<string>(),
): boolean {
  if (path === target) return true;
  if (seen.has(path)) return false;
  seen.add(path);
  return importsOf(path, sources).some((next) => reaches(next, target, sources, seen));
}
