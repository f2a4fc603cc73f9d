import { PondproofError } from "../../protocol/errors.ts";
import { encodeValue, METRICS } from "../../protocol/record.ts";
import {
  COMPARISON,
  type Comparison,
  NO_CONDITION,
  type Peril,
  SOURCE,
  type Tier,
} from "../../protocol/terms.ts";
import { WEATHER_METRICS } from "../../protocol/weather.ts";

/** What an insurer offers, as underwriting needs it; money in the smallest unit of the currency, parts in 1/10000. */
export type InsuranceProduct = {
  name: string;
  seasonDays: number;
  sumInsuredPerMu: bigint;
  minSensors: number;
  perils: readonly Peril[];
  loadings: Loadings;
};

/** How a premium is made from what the back-test says; each with its reason in docs/underwriting.md. */
export type Loadings = {
  /** What such ponds are taken to cost a season before any recording speaks, and how many days of recording outweigh it. */
  priorLossBps: number;
  priorDays: number;
  /** Part of the distance from the mean to the upper end of its interval that is charged for not knowing better. */
  uncertaintyBps: number;
  /** Parts of the gross premium. */
  expensesBps: number;
  profitBps: number;
  /** The gross rate is never below or above these. */
  leastRateBps: number;
  mostRateBps: number;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Collects every mistake of a document instead of the first. */
type Door = {
  mistakes: string[];
  object(value: unknown, path: string): Record<string, unknown>;
  list(value: unknown, path: string, most: number): unknown[];
  text(value: unknown, path: string): string;
  number(value: unknown, path: string, range: { min: number; max: number; whole?: boolean }): number;
};

function createDoor(): Door {
  const mistakes: string[] = [];
  return {
    mistakes,
    object(value, path) {
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
      mistakes.push(`${path} is not an object`);
      return {};
    },
    list(value, path, most) {
      if (Array.isArray(value) && value.length > 0 && value.length <= most) return value;
      mistakes.push(`${path} is not a list of 1 to ${most}`);
      return [];
    },
    text(value, path) {
      if (typeof value === "string" && value !== "" && value.length <= 200) return value;
      mistakes.push(`${path} is not a text`);
      return "";
    },
    number(value, path, { min, max, whole = true }) {
      if (typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value)))
        return value;
      mistakes.push(`${path} is not a ${whole ? "whole " : ""}number from ${min} to ${max}`);
      return min;
    },
  };
}

/**
 * A product from JSON; thresholds in the metric's unit, durations in hours and minutes, parts in 1/10000.
 * @throws INVALID_ARGUMENT naming every mistake at once
 */
export function readProduct(json: unknown): InsuranceProduct {
  const door = createDoor();
  const root = door.object(json, "product");
  const bps = (value: unknown, path: string) => door.number(value, path, { min: 0, max: 10_000 });
  const loadings = door.object(root.loadings, "loadings");
  const product: InsuranceProduct = {
    name: door.text(root.name, "name"),
    seasonDays: door.number(root.seasonDays, "seasonDays", { min: 1, max: 366 }),
    sumInsuredPerMu: BigInt(door.number(root.sumInsuredPerMu, "sumInsuredPerMu", { min: 1, max: 1e12 })),
    minSensors: door.number(root.minSensors, "minSensors", { min: 1, max: 4 }),
    perils: door.list(root.perils, "perils", 4).map((peril, i) => readPeril(door, peril, `perils[${i}]`)),
    loadings: {
      priorLossBps: bps(loadings.priorLossBps, "loadings.priorLossBps"),
      priorDays: door.number(loadings.priorDays, "loadings.priorDays", { min: 0, max: 100_000 }),
      uncertaintyBps: bps(loadings.uncertaintyBps, "loadings.uncertaintyBps"),
      expensesBps: bps(loadings.expensesBps, "loadings.expensesBps"),
      profitBps: bps(loadings.profitBps, "loadings.profitBps"),
      leastRateBps: bps(loadings.leastRateBps, "loadings.leastRateBps"),
      mostRateBps: bps(loadings.mostRateBps, "loadings.mostRateBps"),
    },
  };
  const { expensesBps, profitBps, leastRateBps, mostRateBps } = product.loadings;
  if (expensesBps + profitBps >= 10_000) door.mistakes.push("expenses and profit take all of the premium");
  if (leastRateBps > mostRateBps) door.mistakes.push("the least rate is above the most");
  if (door.mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { mistakes: door.mistakes });
  return product;
}

function readPeril(door: Door, json: unknown, path: string): Peril {
  const peril = door.object(json, path);
  const source = Object.keys(SOURCE).find((name) => name === (peril.source ?? "stream"));
  if (source === undefined) door.mistakes.push(`${path}.source is none of ${Object.keys(SOURCE).join(", ")}`);
  const metrics: readonly string[] = source === "feed" ? WEATHER_METRICS : METRICS.map(({ name }) => name);
  const metric = metrics.indexOf(String(peril.metric));
  if (metric < 0) door.mistakes.push(`${path}.metric is none of ${metrics.join(", ")}`);
  const comparison = Object.keys(COMPARISON).find((name) => name === peril.comparison);
  if (comparison === undefined)
    door.mistakes.push(`${path}.comparison is none of ${Object.keys(COMPARISON).join(", ")}`);
  const value = (of: unknown, name: string) =>
    encodeValue(door.number(of, `${path}.${name}`, { min: -1000, max: 1_000_000, whole: false }));
  const tiers = door.list(peril.tiers, `${path}.tiers`, 6).map((json, i): Tier => {
    const tier = door.object(json, `${path}.tiers[${i}]`);
    return {
      threshold: value(tier.threshold, `tiers[${i}].threshold`),
      minDurationMs:
        HOUR_MS * door.number(tier.hours, `${path}.tiers[${i}].hours`, { min: 0.25, max: 720, whole: false }),
      payoutBps: door.number(tier.payoutBps, `${path}.tiers[${i}].payoutBps`, { min: 1, max: 10_000 }),
    };
  });
  return {
    source: SOURCE[(source ?? "stream") as keyof typeof SOURCE],
    metric: Math.max(0, metric),
    comparison: COMPARISON[(comparison ?? "below") as keyof typeof COMPARISON] satisfies Comparison,
    tiers,
    validMin: value(peril.validMin, "validMin"),
    validMax: value(peril.validMax, "validMax"),
    maxGapMs: MINUTE_MS * door.number(peril.maxGapMinutes, `${path}.maxGapMinutes`, { min: 1, max: 1440 }),
    maxMissing: door.number(peril.maxMissing, `${path}.maxMissing`, { min: 0, max: 10_000 }),
    separationSeconds:
      3600 * door.number(peril.separationHours, `${path}.separationHours`, { min: 1, max: 720 }),
    deductible: 0n,
    sublimit: 2n ** 127n,
    second: NO_CONDITION,
  };
}
