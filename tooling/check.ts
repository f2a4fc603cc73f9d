// `npm run check`: everything that is true of the sources without running them.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { forgePath } from "./forge.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const forge = forgePath();
/** forge starts the compiler through `env node`: hand it the Node that runs this file. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

type Check = { name: string; program?: string; command: string[] };
const CHECKS: Check[] = [
  {
    name: "format and lint",
    command: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  },
  { name: "types", command: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."] },
  {
    name: "Solidity lint",
    command: ["node_modules/solhint/solhint.js", "--max-warnings", "0", "contracts/**/*.sol"],
  },
  ...(forge === undefined
    ? []
    : [
        {
          name: "Solidity, static analysis",
          program: forge,
          command: ["lint", "--deny", "warnings", "contracts"],
        },
      ]),
  { name: "generated documents", command: ["tooling/documents.ts", "--check"] },
  { name: "data flows", command: ["tooling/dataflows.ts", "--check"] },
];

if (forge === undefined) process.stdout.write("skipping the static analysis: no forge for this platform\n");
const failed = CHECKS.filter(({ name, program = process.execPath, command }) => {
  process.stdout.write(`checking ${name}\n`);
  return spawnSync(program, command, { cwd: root, stdio: "inherit", env }).status !== 0;
});

for (const { name } of failed) process.stdout.write(`failed: ${name}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
