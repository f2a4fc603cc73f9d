import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatIgnitionEthers from "@nomicfoundation/hardhat-ignition-ethers";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatTypechain from "@nomicfoundation/hardhat-typechain";
import { configVariable, defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);
const deep = process.env.POND_DEEP !== undefined;

/**
 * Room above an estimate, as the ledger's own client leaves it: what writes the time costs less in the second in which the
 * same time was written before.
 */
const GAS_MULTIPLIER = 1.25;

export default defineConfig({
  plugins: [hardhatEthers, hardhatIgnitionEthers, hardhatNetworkHelpers, hardhatTypechain],
  solidity: {
    version: "0.8.37",
    // The compiler comes with the npm package, so that building downloads nothing.
    path: require.resolve("solc/soljson.js"),
    settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "osaka" },
  },
  paths: { tests: { solidity: "./tests/contracts" } },
  // Generated with namespaces, which our own sources may not have: their types are used, their style is not ours.
  typechain: { outDir: "types/contracts", tsNocheck: true },
  networks: {
    // Blocks carry the simulation's time, several to a second: the demo drives it (demo/chain.ts).
    node: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: 31337,
      hardfork: "osaka",
      allowBlocksWithSameTimestamp: true,
      mining: { auto: true, interval: 0 },
      gasMultiplier: GAS_MULTIPLIER,
    },
    // Another EVM for the contract tests (tests/unit/contracts/evm.ts), each chain at an address of its own.
    anvil: { type: "http", chainType: "l1", url: "http://127.0.0.1", gasMultiplier: GAS_MULTIPLIER },
    // A chain of somebody else's, for `npm run deploy`; both are read from the environment when it is connected to.
    outside: {
      type: "http",
      chainType: "l1",
      url: configVariable("POND_RPC_URL"),
      accounts: [configVariable("POND_DEPLOYER_KEY")],
    },
  },
  test: {
    solidity: {
      isolate: true,
      // `.ci/run` and whoever wants more say how long invariants are tried; a deep fuzz seeds itself anew each time.
      fuzz: deep ? { runs: 5000 } : { runs: 128, seed: "0x5eed" },
      invariant: {
        runs: Number(process.env.POND_INVARIANT_RUNS ?? (deep ? 256 : 32)),
        depth: Number(process.env.POND_INVARIANT_DEPTH ?? (deep ? 256 : 64)),
        failOnRevert: true,
      },
    },
  },
});
