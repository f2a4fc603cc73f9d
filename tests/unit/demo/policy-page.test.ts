import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pondTerms } from "../../../demo/policy.ts";
import type { Hex } from "../../../protocol/terms.ts";

const STARTS_AT = 1_800_000_000;
const word = (digit: string): Hex => `0x${digit.repeat(64)}`;
const account = (digit: string): Hex => `0x${digit.repeat(40)}`;

it("says in docs/insurance.md the numbers that the policy of a pond of 8 mu holds", () => {
  const page = readFileSync(new URL("../../../docs/insurance.md", import.meta.url), "utf8");
  const said = [...page.matchAll(/`(?<path>[\w.[\]]+) = (?<since>startsAt \+ )?(?<number>\d+)`/g)].map(
    ({ groups }) => ({
      path: groups!.path!,
      value: Number(groups!.number) + (groups!.since === undefined ? 0 : STARTS_AT),
    }),
  );
  expect(said.length).toBeGreaterThan(30);
  const terms = pondTerms(
    {
      quoteNumber: 1n,
      areaMu: 8,
      farmer: account("1"),
      pond: word("2"),
      waterBody: word("3"),
      probes: [word("4"), word("5"), word("6")],
      data: { readingEveryMs: 60_000, hasAerator: true },
    },
    { product: 1n, insurer: account("7"), token: account("8"), startsAt: STARTS_AT },
  );
  const held = said.map(({ path }) => ({ path, value: Number(at(terms, path)) }));
  expect(held).toEqual(said);
});

/** The value at a path such as `perils[0].tiers[1].payoutBps`. */
function at(of: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .reduce((value, key) => (value as Record<string, unknown>)[key], of);
}
