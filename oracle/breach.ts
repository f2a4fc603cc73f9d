import { isBeyond } from "../protocol/evaluate.ts";
import type { Peril, Terms, Tier } from "../protocol/terms.ts";
import { firstAtLeast, lastBelow } from "./search.ts";

// insurance.md, "The trigger": which windows of several probes the claim contract would accept.

/**
 * Readings of one probe in order of time, one column a field. A value is encoded, 0 where it was not measured;
 * `holes[i]` counts the holes of the stream before reading `i`.
 */
export type ProbeSeries = {
  timesMs: number[];
  values: number[];
  seconds: number[];
  flags: number[];
  holes: number[];
  /** Since when, and until when (exclusive), the probe serves this pond. */
  servesFromMs: number;
  servesToMs: number;
};

/**
 * What of the terms decides; `coverFromMs` and `endsAtMs` (exclusive) are the cover. Where a policy was endorsed, `termsMs`
 * says when a window must begin to be judged by these terms, `to` exclusive.
 */
export type BreachRules = {
  peril: Peril;
  minSensors: Terms["minSensors"];
  allowedFlags: Terms["allowedFlags"];
  coverFromMs: number;
  endsAtMs: number;
  termsMs?: { from: number; to: number };
};

/**
 * A window, from the first reading in it to the last, that `probes` (indices, ascending) prove together; of these,
 * `begun` shows the reading before the window.
 */
export type Breach = {
  fromMs: number;
  toMs: number;
  tier: number;
  payoutBps: number;
  probes: number[];
  begun: number;
};

/**
 * Readings `first` to `last` of one probe, all in breach and without a long gap. A window over them begins at `lowMs`
 * at the earliest and ends at `highMs` at the latest; `begins` tells that the reading before them shows no breach.
 */
type Stretch = { first: number; last: number; lowMs: number; highMs: number; begins: boolean };

/** What one probe can show of windows that begin at a given time: readings from `first` on, up to `highMs`. */
type View = { probe: number; first: number; highMs: number };

const STATE_FLAGS = 0xff;

/**
 * The windows that pay, best first: the highest tier, then the longest; of windows that overlap only the best. As many
 * probes are shown as the terms ask for, for one more can only disagree.
 *
 * A window pays only where the event began inside the cover: one probe's breach begins with it. So every window that
 * pays begins between the last good reading before some probe's stretch and the stretch itself, and these are few.
 */
export function findBreaches(series: readonly ProbeSeries[], rules: BreachRules): Breach[] {
  const found = rules.peril.tiers.flatMap((tier, i) => breachesOfTier(series, rules, { ...tier, tier: i }));
  found.sort((a, b) => b.tier - a.tier || b.toMs - b.fromMs - (a.toMs - a.fromMs) || a.fromMs - b.fromMs);
  const best: Breach[] = [];
  for (const breach of found) {
    if (best.every(({ fromMs, toMs }) => breach.toMs < fromMs || breach.fromMs > toMs)) best.push(breach);
  }
  return best;
}

/** Tells whether a reading is in breach of at least one tier: as long as it is, an event may be going on. */
export function isInBreach(series: ProbeSeries, i: number, rules: BreachRules): boolean {
  return rules.peril.tiers.some((tier) => isHit(series, i, rules, tier));
}

function breachesOfTier(
  series: readonly ProbeSeries[],
  rules: BreachRules,
  tier: Tier & { tier: number },
): Breach[] {
  const stretches = series.map((it) => stretchesOf(it, rules, tier));
  return stretches.flatMap((ofProbe, begun) =>
    ofProbe.flatMap((stretch) => {
      const { timesMs } = series[begun]!;
      const longest = timesMs[stretch.last]! - timesMs[stretch.first]!;
      if (!stretch.begins || longest < tier.minDurationMs) return [];
      const starts = startsOf(series, begun, { stretch, rules });
      const windows = starts.flatMap((fromMs) => {
        const window = longestWindow(series, stretches, { begun, fromMs, rules, tier });
        return window === undefined || !isOfTheseTerms(window, rules) ? [] : [window];
      });
      windows.sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
      return windows.slice(0, 1);
    }),
  );
}

/**
 * Where a window may begin with a stretch: at the earliest, behind another probe's reading, as it begins to serve, or as
 * the terms come into force.
 */
function startsOf(
  series: readonly ProbeSeries[],
  begun: number,
  { stretch: { lowMs, first }, rules: { termsMs } }: { stretch: Stretch; rules: BreachRules },
): number[] {
  const latestMs = series[begun]!.timesMs[first]!;
  const starts = new Set([lowMs]);
  if (termsMs !== undefined && termsMs.from > lowMs && termsMs.from <= latestMs) starts.add(termsMs.from);
  for (const { timesMs, servesFromMs } of series) {
    if (servesFromMs > lowMs && servesFromMs <= latestMs) starts.add(servesFromMs);
    for (let i = firstAtLeast(timesMs, lowMs); i < timesMs.length && timesMs[i]! < latestMs; i++)
      starts.add(timesMs[i]! + 1);
  }
  return [...starts];
}

function isOfTheseTerms({ fromMs }: Breach, { termsMs }: BreachRules): boolean {
  return termsMs === undefined || (fromMs >= termsMs.from && fromMs < termsMs.to);
}

function longestWindow(
  series: readonly ProbeSeries[],
  stretches: readonly Stretch[][],
  {
    begun,
    fromMs,
    rules,
    tier,
  }: { begun: number; fromMs: number; rules: BreachRules; tier: Tier & { tier: number } },
): Breach | undefined {
  const views = series.flatMap((it, probe) => viewFrom(it, stretches[probe]!, { probe, fromMs, rules }));
  const own = views.find(({ probe }) => probe === begun);
  if (own === undefined) return undefined;
  const ends = views.map(({ highMs }) => highMs).filter((highMs) => highMs <= own.highMs);
  for (const toMs of [...new Set(ends)].sort((a, b) => b - a)) {
    const shown = views
      .filter(({ highMs }) => highMs >= toMs)
      .map(({ probe, first }) => {
        const { timesMs } = series[probe]!;
        return { probe, firstMs: timesMs[first]!, lastMs: timesMs[lastBelow(timesMs, toMs + 1)]! };
      })
      .filter(({ firstMs, lastMs }) => lastMs - firstMs >= tier.minDurationMs);
    if (shown.length < rules.minSensors || !shown.some(({ probe }) => probe === begun)) continue;
    const others = shown.filter(({ probe }) => probe !== begun).slice(0, rules.minSensors - 1);
    const chosen = shown.filter((it) => it.probe === begun || others.includes(it));
    return {
      fromMs: Math.min(...chosen.map(({ firstMs }) => firstMs)),
      toMs: Math.max(...chosen.map(({ lastMs }) => lastMs)),
      tier: tier.tier,
      payoutBps: tier.payoutBps,
      probes: chosen.map(({ probe }) => probe),
      begun,
    };
  }
  return undefined;
}

/** What a probe can show from `fromMs` on, with no more holes than allowed; nothing or one view. */
function viewFrom(
  { timesMs, holes }: ProbeSeries,
  stretches: readonly Stretch[],
  { probe, fromMs, rules: { peril } }: { probe: number; fromMs: number; rules: BreachRules },
): View[] {
  const stretch = stretches.find(({ last }) => timesMs[last]! >= fromMs);
  if (stretch === undefined || stretch.lowMs > fromMs) return [];
  const first = firstAtLeast(timesMs, fromMs);
  // Holes count from the reading before the window to the reading after it.
  const allowed = holes[first - 1]! + peril.maxMissing;
  const after = Math.min(stretch.last + 1, lastBelow(holes, allowed + 1));
  if (after <= first) return [];
  return [{ probe, first, highMs: Math.min(stretch.highMs, timesMs[after]! - 1) }];
}

function stretchesOf(series: ProbeSeries, rules: BreachRules, tier: Tier): Stretch[] {
  const { timesMs, servesFromMs, servesToMs } = series;
  const { peril, endsAtMs } = rules;
  const joined = (i: number) =>
    i > 0 && i < timesMs.length && timesMs[i]! - timesMs[i - 1]! <= peril.maxGapMs;
  const stretches: Stretch[] = [];
  for (let i = 0; i < timesMs.length; i++) {
    if (!isHit(series, i, rules, tier)) continue;
    const start = i;
    while (joined(i + 1) && isHit(series, i + 1, rules, tier)) i++;
    // Behind or before a long gap a reading can only be the one beside the window: the gap itself would count.
    const first = joined(start) ? start : start + 1;
    const last = joined(i + 1) ? i : i - 1;
    if (first > last) continue;
    stretches.push({
      first,
      last,
      lowMs: Math.max(timesMs[first - 1]! + 1, servesFromMs),
      highMs: Math.min(timesMs[last + 1]! - 1, servesToMs - 1, endsAtMs - 1),
      begins: first === start && isSoundOutside(series, start - 1, rules, tier),
    });
  }
  return stretches;
}

function isHit(series: ProbeSeries, i: number, rules: BreachRules, tier: Tier): boolean {
  const { second, comparison } = rules.peril;
  const timeMs = series.timesMs[i]!;
  if (!isSound(series, i, rules) || timeMs < rules.coverFromMs || timeMs >= rules.endsAtMs) return false;
  if (timeMs < series.servesFromMs || timeMs >= series.servesToMs) return false;
  if (second.present && !isValueBeyond(second, series.seconds[i]!)) return false;
  return isValueBeyond({ comparison, threshold: tier.threshold }, series.values[i]!);
}

/** A reading that shows that the event had not begun: sound, inside the cover, and not beyond the threshold. */
function isSoundOutside(series: ProbeSeries, i: number, rules: BreachRules, tier: Tier): boolean {
  const timeMs = series.timesMs[i]!;
  const { comparison } = rules.peril;
  return (
    isSound(series, i, rules) &&
    timeMs >= Math.max(rules.coverFromMs, series.servesFromMs) &&
    !isValueBeyond({ comparison, threshold: tier.threshold }, series.values[i]!)
  );
}

function isSound({ values, flags }: ProbeSeries, i: number, { peril, allowedFlags }: BreachRules): boolean {
  const value = values[i]!;
  return (
    value !== 0 &&
    value >= peril.validMin &&
    value <= peril.validMax &&
    (flags[i]! & STATE_FLAGS & ~allowedFlags) === 0
  );
}

/** 0 stands for "not measured", which is beyond nothing. */
function isValueBeyond(
  { comparison, threshold }: { comparison: Peril["comparison"]; threshold: number },
  value: number,
): boolean {
  return value !== 0 && isBeyond(comparison, threshold, { min: value, max: value });
}
