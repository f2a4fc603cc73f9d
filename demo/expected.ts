import { readUint } from "../protocol/bytes.ts";
import { isBeyond, occurrenceAmount } from "../protocol/evaluate.ts";
import type { FeedItem } from "../protocol/feed.ts";
import { recordTimeMs } from "../protocol/record.ts";
import type { Peril, Terms } from "../protocol/terms.ts";

type Point = { timeMs: number; value: number };
type Span = { fromMs: number; toMs: number };
/** One event, and the part of the sum insured that its longest breach earns. */
type Occurrence = Span & { payoutBps: number };

/**
 * What the terms say is due for a pond's readings, found by looking at every one of them: no tree, no proof, none of the
 * claims agent's bookkeeping. The demo compares it with what the contract paid.
 */
export function expectedPayout(
  terms: Terms,
  perProbe: readonly (readonly FeedItem[])[],
): { amount: bigint; occurrences: Occurrence[] } {
  let left = terms.aggregateLimit;
  const all = terms.perils.flatMap((peril) => {
    const occurrences = occurrencesOf(
      peril,
      terms.minSensors,
      perProbe.map((items) => points(items, peril.metric)),
    );
    for (const { payoutBps } of occurrences) {
      const amount = occurrenceAmount(terms, peril, payoutBps);
      left -= amount < left ? amount : left;
    }
    return occurrences;
  });
  return { amount: terms.aggregateLimit - left, occurrences: all };
}

function occurrencesOf(peril: Peril, minSensors: number, probes: Point[][]): Occurrence[] {
  const earned = peril.tiers.flatMap(({ threshold, minDurationMs, payoutBps }) => {
    const runs = probes.map((series) => runsBeyond(series, peril, threshold));
    return choose(runs, minSensors)
      .flatMap((chosen) => commonSpans(chosen))
      .filter(({ fromMs, toMs }) => toMs - fromMs >= minDurationMs)
      .map((span): Occurrence => ({ ...span, payoutBps }));
  });
  return mergeNear(
    earned.sort((a, b) => a.fromMs - b.fromMs),
    1000 * peril.separationSeconds,
  );
}

function points(items: readonly FeedItem[], metric: number): Point[] {
  return items.flatMap((item) =>
    item.kind === "reading"
      ? [{ timeMs: recordTimeMs(item.frame), value: readUint(item.frame, 32 + 4 * metric, 4) }]
      : [],
  );
}

/** The longest stretches in which every reading is beyond the threshold and none comes too late. */
function runsBeyond(series: Point[], peril: Peril, threshold: number): Span[] {
  const runs: Span[] = [];
  let open: Span | undefined;
  for (const { timeMs, value } of series) {
    const beyond = value !== 0 && isBeyond(peril.comparison, threshold, { min: value, max: value });
    if (beyond && open !== undefined && timeMs - open.toMs <= peril.maxGapMs) {
      open.toMs = timeMs;
    } else {
      open = beyond ? { fromMs: timeMs, toMs: timeMs } : undefined;
      if (open !== undefined) runs.push(open);
    }
  }
  return runs;
}

function commonSpans(runs: readonly (readonly Span[])[]): Span[] {
  const [first = [], ...rest] = runs;
  return rest
    .reduce<readonly Span[]>(
      (common, next) =>
        common.flatMap((a) =>
          next
            .map((b) => ({ fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) }))
            .filter(({ fromMs, toMs }) => fromMs <= toMs),
        ),
      first,
    )
    .slice();
}

function choose<Item>(items: readonly Item[], count: number): Item[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, i) => choose(items.slice(i + 1), count - 1).map((rest) => [item, ...rest]));
}

function mergeNear(spans: readonly Occurrence[], separationMs: number): Occurrence[] {
  const merged: Occurrence[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && span.fromMs - last.toMs < separationMs) {
      last.toMs = Math.max(last.toMs, span.toMs);
      last.payoutBps = Math.max(last.payoutBps, span.payoutBps);
    } else {
      merged.push({ ...span });
    }
  }
  return merged;
}
