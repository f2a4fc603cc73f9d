#!/usr/bin/env node
// A solc command line over the WebAssembly compiler from npm: what forge asks of solc.
const { readFileSync } = require("node:fs");
const solc = require("solc");

const args = process.argv.slice(2);
if (args.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error(`solc-wasm: only --version and --standard-json, not: ${args.join(" ")}`);
  process.exit(1);
}
