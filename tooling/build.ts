// Builds what is built and not run from source: the contracts (artifacts, types) and the page. Each only when a file
// that it depends on has changed since the last time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

type Product = { name: string; output: string; clean: string[]; inputs: string[]; command: string[] };

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const PRODUCTS: Product[] = [
  {
    name: "contracts",
    output: "artifacts",
    // Types of a contract that was renamed would stay behind, and still compile.
    clean: ["types/contracts"],
    inputs: ["contracts/**/*.sol", "tests/contracts/**/*.sol", "hardhat.config.ts", "package-lock.json"],
    command: ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet"],
  },
  {
    name: "page",
    output: "portal/web/dist",
    clean: [],
    inputs: ["portal/web/**/*", "portal/*.ts", "protocol/*.ts", "package-lock.json"],
    command: [
      "node_modules/vite/bin/vite.js",
      "build",
      "-c",
      "portal/web/vite.config.ts",
      "--logLevel",
      "warn",
    ],
  },
];

for (const product of PRODUCTS) {
  const stamp = join(root, "node_modules/.cache/pondproof", `${product.name}.sha256`);
  const fingerprint = fingerprintOf(product);
  const isBuilt =
    existsSync(join(root, product.output)) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === fingerprint;
  if (isBuilt) continue;
  process.stderr.write(`building the ${product.name}\n`);
  for (const folder of product.clean) rmSync(join(root, folder), { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, product.command, {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}\nbuilding the ${product.name} failed\n`);
    process.exit(status ?? 1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, fingerprint);
}

function fingerprintOf({ inputs, output }: Product): string {
  const hash = createHash("sha256");
  const files = globSync(inputs, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(root, output)))
    .sort();
  for (const file of files) hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file));
  return hash.digest("hex");
}
