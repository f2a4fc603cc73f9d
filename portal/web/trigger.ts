import { isBeyond, type ProbeEvidence, rangeOf } from "../../protocol/evaluate.ts";
import { decodeValue } from "../../protocol/record.ts";
import type { Peril, Terms, Tier } from "../../protocol/terms.ts";

export const RULES = [
  "sensors",
  "beyond",
  "duration",
  "missing",
  "gap",
  "flags",
  "plausible",
  "began",
  "anchored",
] as const;
export type Rule = (typeof RULES)[number];

/** A number with what it is, so that the page writes it right. */
export type Quantity =
  | { unit: "count"; value: number }
  | { unit: "ms"; value: number }
  | { unit: "mg/L"; value: number }
  | { unit: "span"; from: number; to: number }
  | { unit: "truth"; value: boolean };

/** What the terms ask for, and what each probe shows; `shown` is empty before the evidence has been checked. */
export type TriggerLine = {
  rule: Rule;
  bound: "at-least" | "at-most" | "below" | "between" | "yes";
  required: Quantity;
  shown: { quantity: Quantity; ok: boolean }[];
};

/** A probe's checked evidence, and when its batch was anchored. */
export type CheckedProbe = ProbeEvidence & { anchoredAtMs: number };

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
  const beganInside = ({ before }: CheckedProbe) =>
    before !== undefined &&
    before.timeMs >= coverFromMs &&
    !isBeyond(
      peril.comparison,
      tier.threshold,
      rangeOf({ mins: before.values, maxs: before.values }, peril.metric),
    );

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
