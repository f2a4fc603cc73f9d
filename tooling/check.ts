// `npm run check`: everything that is true of the sources without running them.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const CHECKS = [
  {
    name: "format and lint",
    command: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  },
  { name: "types", command: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."] },
  {
    name: "Solidity lint",
    command: ["node_modules/solhint/solhint.js", "--max-warnings", "0", "contracts/**/*.sol"],
  },
  { name: "generated documents", command: ["tooling/documents.ts", "--check"] },
  { name: "data flows", command: ["tooling/dataflows.ts", "--check"] },
];

const failed = CHECKS.filter(({ name, command }) => {
  process.stdout.write(`checking ${name}\n`);
  return spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" }).status !== 0;
});

for (const { name } of failed) process.stdout.write(`failed: ${name}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
