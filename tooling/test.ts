// `npm test [-- FILTER…]`: the Solidity tests and the TypeScript tests, those of the contracts once more on a second EVM,
// then one line that counts them all.
import hre from "hardhat";
import { startVitest } from "vitest/node";
import { anvil, isMissing, missingRealComponents } from "../tests/real-components.ts";

type Counts = { passed: number; failed: number; skipped: number };

const filters = process.argv.slice(2);
const counts: Counts = { passed: 0, failed: 0, skipped: 0 };

if (filters.length === 0) add(await solidityTests());
add(await typescriptTests(filters));
if (filters.length === 0 && !isMissing(anvil)) {
  console.log("once more on anvil: the tests of the contracts");
  process.env.POND_EVM = "anvil";
  add(await typescriptTests(["tests/unit/contracts"]));
}

for (const { name, install } of missingRealComponents()) {
  console.log(`skipped what needs ${name}, which is not on this machine: ${install}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

async function solidityTests(): Promise<Counts> {
  const result = (await hre.tasks.getTask(["test", "solidity"]).run({ noCompile: true })) as {
    success: boolean;
    value?: { summary?: Partial<Counts> };
    error?: { summary?: Partial<Counts> };
  };
  const summary = (result.success ? result.value : result.error)?.summary;
  const failed = summary?.failed ?? 0;
  // A run that fails without a count (a compiler error, say) is one failure, never none.
  return {
    passed: summary?.passed ?? 0,
    failed: result.success ? failed : Math.max(failed, 1),
    skipped: summary?.skipped ?? 0,
  };
}

async function typescriptTests(only: string[]): Promise<Counts> {
  const vitest = await startVitest("test", only, { run: true, watch: false });
  const modules = vitest.state.getTestModules();
  const states = modules
    .flatMap((module) => [...module.children.allTests()])
    .map((test) => test.result().state);
  const brokenModules = modules.filter((module) => module.errors().length > 0).length;
  const unhandled = vitest.state.getUnhandledErrors().length;
  await vitest.close();
  const count = (state: string) => states.filter((each) => each === state).length;
  return {
    passed: count("passed"),
    failed: count("failed") + brokenModules + unhandled,
    skipped: count("skipped"),
  };
}

function add({ passed, failed, skipped }: Counts): void {
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
}
