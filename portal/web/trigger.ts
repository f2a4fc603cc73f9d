import type { CheckedProbe } from "../../protocol/claim-check.ts";
import { beganInsideCover, isBeyond, rangeOf } from "../../protocol/evaluate.ts";
import { decodeValue, METRICS } from "../../protocol/record.ts";
import { COMPARISON, type Comparison, type Peril, type Terms, type Tier } from "../../protocol/terms.ts";

export const RULES = [
  "sensors",
  "beyond",
  "duration",
  "missing",
  "gap",
  "flags",
  "plausible",
  "second",
  "began",
  "anchored",
] as const;
export type Rule = (typeof RULES)[number];

/** A number with what it is, so that the page writes it right. */
export type Quantity =
  | { unit: "count"; value: number }
  | { unit: "ms"; value: number }
  | { unit: "mg/L"; value: number }
  | { unit: "measure"; value: number; symbol: string }
  | { unit: "span"; from: number; to: number }
  | { unit: "truth"; value: boolean };

/** How a value is measured by what the terms ask for. */
export type Bound = "at-least" | "at-most" | "below" | "above" | "between" | "yes";

/** What the terms ask for, and what each probe shows; `shown` is empty before the evidence has been checked. */
export type TriggerLine = {
  rule: Rule;
  bound: Bound;
  required: Quantity;
  shown: { quantity: Quantity; ok: boolean }[];
};

const STATE_FLAGS = 0xff;

/** The trigger of a peril for one step of its ladder, line by line, as insurance.md lists it. */
export function triggerLines({
  terms,
  peril,
  tier,
  coverFromMs,
  toMs,
  probes,
}: {
  terms: Pick<Terms, "minSensors" | "allowedFlags" | "anchorWithinSeconds">;
  peril: Peril;
  tier: Tier;
  coverFromMs: number;
  toMs: number;
  probes: readonly CheckedProbe[];
}): TriggerLine[] {
  const each = (judge: (probe: CheckedProbe) => { quantity: Quantity; ok: boolean }) => probes.map(judge);
  const atMost = (rule: Rule, unit: "count" | "ms", bound: number, of: (probe: CheckedProbe) => number) => ({
    rule,
    bound: "at-most" as const,
    required: { unit, value: bound },
    shown: each((probe) => ({ quantity: { unit, value: of(probe) }, ok: of(probe) <= bound })),
  });
  const together = (value: number, needed: number): TriggerLine["shown"] =>
    probes.length === 0 ? [] : [{ quantity: { unit: "count", value }, ok: value >= needed }];
  const lasts = ({ firstMs, lastMs }: CheckedProbe) => lastMs - firstMs;
  const range = (probe: CheckedProbe) => rangeOf(probe, peril.metric);
  const rules = { peril, allowedFlags: terms.allowedFlags, coverFromMs };
  const beganInside = ({ before }: CheckedProbe) => beganInsideCover(before, tier, rules);

  return [
    {
      rule: "sensors",
      bound: "at-least",
      required: { unit: "count", value: terms.minSensors },
      shown: together(probes.length, terms.minSensors),
    },
    {
      rule: "beyond",
      bound: "below",
      required: { unit: "mg/L", value: decodeValue(tier.threshold) },
      shown: each((probe) => ({
        quantity: { unit: "mg/L", value: decodeValue(range(probe).max) },
        ok: isBeyond(peril.comparison, tier.threshold, range(probe)),
      })),
    },
    {
      rule: "duration",
      bound: "at-least",
      required: { unit: "ms", value: tier.minDurationMs },
      shown: each((probe) => ({
        quantity: { unit: "ms", value: lasts(probe) },
        ok: lasts(probe) >= tier.minDurationMs,
      })),
    },
    atMost("missing", "count", peril.maxMissing, ({ missing }) => missing),
    atMost("gap", "ms", peril.maxGapMs, ({ maxGapMs }) => maxGapMs),
    {
      rule: "flags",
      bound: "yes",
      required: { unit: "truth", value: true },
      shown: each(({ flags }) => {
        const ok = (flags & STATE_FLAGS & ~terms.allowedFlags) === 0;
        return { quantity: { unit: "truth", value: ok }, ok };
      }),
    },
    {
      rule: "plausible",
      bound: "between",
      required: { unit: "span", from: decodeValue(peril.validMin), to: decodeValue(peril.validMax) },
      shown: each((probe) => {
        const { min, max } = range(probe);
        return {
          quantity: { unit: "span", from: decodeValue(min), to: decodeValue(max) },
          ok: min >= peril.validMin && max <= peril.validMax,
        };
      }),
    },
    ...secondLine(peril, probes),
    {
      // One probe is enough: the others may have been below already when the window began.
      rule: "began",
      bound: "at-least",
      required: { unit: "count", value: 1 },
      shown: together(probes.filter((probe) => beganInside(probe)).length, 1),
    },
    atMost("anchored", "ms", terms.anchorWithinSeconds * 1000, ({ anchoredAtMs }) =>
      Math.max(0, anchoredAtMs - toMs),
    ),
  ];
}

/** The second condition, where the peril has one: the value that is nearest to failing it. */
function secondLine({ second }: Peril, probes: readonly CheckedProbe[]): TriggerLine[] {
  if (!second.present) return [];
  const { metric, comparison, threshold } = second;
  const symbol = METRICS[metric]?.unit ?? "";
  const bound = BOUNDS[comparison];
  const measure = (encoded: number) => ({ unit: "measure", value: decodeValue(encoded), symbol }) as const;
  return [
    {
      rule: "second",
      bound,
      required: measure(threshold),
      shown: probes.map((probe) => {
        const range = rangeOf(probe, metric);
        const nearest = bound === "above" || bound === "at-least" ? range.min : range.max;
        return { quantity: measure(nearest), ok: range.min !== 0 && isBeyond(comparison, threshold, range) };
      }),
    },
  ];
}

const BOUNDS: Record<Comparison, Bound> = {
  [COMPARISON.below]: "below",
  [COMPARISON.atOrBelow]: "at-most",
  [COMPARISON.above]: "above",
  [COMPARISON.atOrAbove]: "at-least",
};
