import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

it("tries every attack of docs/attacks.md in a test of the name that stands there", () => {
  const rows = read("docs/attacks.md")
    .split("\n")
    .map((line) => /^\| (?<attack>.+) \| `(?<test>.+)` \| `(?<path>.+)` \|$/.exec(line)?.groups)
    .filter((row) => row !== undefined);
  expect(rows.length).toBeGreaterThan(25);
  const missing = rows.filter(({ test, path }) => {
    const heads = path!.endsWith(".sol") ? [`function ${test}(`] : [`it("${test}"`, `it(\`${test}\``];
    return !heads.some((head) => read(path!).includes(head));
  });
  expect(missing).toEqual([]);
});
