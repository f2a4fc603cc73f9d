import { describe, expect, it } from "vitest";
import { FARMS, INSURED_POND } from "../../../firmware-sim/farms.ts";
import { measure } from "../../../firmware-sim/pond/sensor.ts";
import { createPond } from "../../../firmware-sim/pond/simulation.ts";
import { pondsOf, SCENARIO_NAMES, SCENARIOS, type Scenario } from "../../../firmware-sim/scenarios.ts";

const PERIOD_MS = 120_000;
const HOUR_MS = 3_600_000;
const TIERS = [2, 4, 6, 8];

type Series = { pond: string; probe: string; oxygen: { timeMs: number; mgPerL: number }[] };

/** As the demonstration runs it with its first seed. */
function run(scenario: Scenario): Series[] {
  return pondsOf(scenario).flatMap(({ spec, seed, start, events }) => {
    const pond = createPond({ spec, start, events, seed: `1/${seed}` });
    return spec.probes.map((probe) => ({
      pond: spec.id,
      probe: probe.id,
      oxygen: samplesOf(scenario).map((timeMs) => ({
        timeMs,
        mgPerL: measure({ ...probe, cleanedMs: scenario.startMs }, { pond, timeMs }).get("oxygen")!,
      })),
    }));
  });
}

function samplesOf({ startMs, endMs }: Scenario): number[] {
  return Array.from({ length: (endMs - startMs) / PERIOD_MS + 1 }, (_, i) => startMs + i * PERIOD_MS);
}

/** Longest unbroken time below 2 mg/L, in hours: from the first reading below to the last. */
function longestBreachHours({ oxygen }: Series): number {
  let longest = 0;
  let since: number | null = null;
  for (const { timeMs, mgPerL } of oxygen) {
    since = mgPerL < 2 ? (since ?? timeMs) : null;
    if (since !== null) longest = Math.max(longest, timeMs - since);
  }
  return longest / HOUR_MS;
}

describe("the farms", () => {
  it("are two, with six ponds and eighteen probes of distinct names", () => {
    const ponds = FARMS.flatMap((farm) => farm.ponds);
    const names = [...FARMS, ...ponds, ...ponds.flatMap(({ probes }) => probes)].map(({ id }) => id);
    expect([FARMS.length, ponds.length, names.length]).toEqual([2, 6, 2 + 6 + 18]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9-]{1,32}$/.test(name))).toEqual([]);
  });
});

describe.each(SCENARIO_NAMES)("%s", (name) => {
  const scenario = SCENARIOS[name];
  const series = run(scenario);
  const insured = series.filter(({ pond }) => pond === INSURED_POND);

  it("pays the tier it says, on every probe of the insured pond", () => {
    for (const probe of insured) {
      const hours = longestBreachHours(probe);
      expect(TIERS.filter((tier) => hours >= tier).at(-1) ?? null, `${probe.probe}: ${hours} h`).toBe(
        scenario.tierHours,
      );
      // A tier that is reached by minutes would hang on a sensor's noise.
      for (const tier of TIERS) expect(Math.abs(hours - tier)).toBeGreaterThan(0.4);
    }
  });

  it("begins and ends in good water", () => {
    for (const { oxygen } of insured) {
      expect(oxygen[0]!.mgPerL).toBeGreaterThan(4);
      expect(oxygen.at(-1)!.mgPerL).toBeGreaterThan(3);
    }
  });

  it("leaves every other pond above 3 mg/L", () => {
    const others = series.filter(({ pond }) => pond !== INSURED_POND || scenario.tierHours === null);
    for (const { oxygen } of others)
      expect(Math.min(...oxygen.map(({ mgPerL }) => mgPerL))).toBeGreaterThan(3);
  });
});
