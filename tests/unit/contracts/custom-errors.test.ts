import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** Refusals that no input can provoke, and why they stand there. */
const NOT_PROVOKED = new Map([
  ["Undecided", "a call that runs out of gas in its last sixty-fourth must not read as a verdict"],
]);

it("provokes every custom error of the contracts in some test", () => {
  const declared = globSync("contracts/**/*.sol", { cwd: root }).flatMap((path) =>
    [...read(path).matchAll(/^\s*error (\w+)\(/gm)].map(([, name]) => name!),
  );
  expect(declared.length).toBeGreaterThan(150);
  const tests = globSync("tests/{contracts,unit,integration,e2e}/**/*.{sol,ts}", { cwd: root })
    .filter((path) => !path.endsWith("custom-errors.test.ts"))
    .map(read)
    .join("\n");
  const words = new Set(tests.match(/\w+/g));
  const never = declared.filter((name) => !words.has(name) && !NOT_PROVOKED.has(name));
  expect(never).toEqual([]);
});
