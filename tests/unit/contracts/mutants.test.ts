import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { EVIDENCE_MUTANTS } from "../../mutants/evidence.ts";
import { INSURANCE_MUTANTS } from "../../mutants/insurance.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const MUTANTS = [...EVIDENCE_MUTANTS, ...INSURANCE_MUTANTS];

it("can still break each rule: what a mutant changes stands once in its contract", () => {
  const places = MUTANTS.map(({ id, file, from }) => ({
    id,
    times: read(`contracts/${file}`).split(from).length - 1,
  }));
  expect(places.filter(({ times }) => times !== 1)).toEqual([]);
});

it("says on docs/mutants.md what kills each, and knows of no survivor", () => {
  const page = read("docs/mutants.md");
  const rows = new Map([...page.matchAll(/^\| `([\w-]+)` \|.*\| ([^|]*) \|$/gm)].map((it) => [it[1], it[2]]));
  const open = MUTANTS.filter(({ id }) => !/\(/.test(rows.get(id) ?? "")).map(({ id }) => id);
  expect(open).toEqual([]);
});
