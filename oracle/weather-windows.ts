import { evaluate, isBeyond } from "../protocol/evaluate.ts";
import { type FeedSeries, feedWindow } from "../protocol/feed-window.ts";
import type { Terms, Tier } from "../protocol/terms.ts";
import type { Window } from "../protocol/window.ts";

/** A window of one feed that pays; `beforeS` is the time of the observation that shows its beginning. */
export type WeatherWindow = Window & { beforeS: number; payoutBps: number };

/** The cover of a policy, and the time in which a window must begin to be judged by these terms (`to` exclusive). */
export type WeatherCover = { coverFromMs: number; endsAtMs: number; termsMs: { from: number; to: number } };

/**
 * The windows of a feed that pay by one peril of the terms, best first; of windows that overlap only the best.
 *
 * A window begins where an observation in breach follows one that shows none, and lasts while observations stay in breach
 * and no more of them are missing than the peril allows.
 */
export function weatherWindows(
  series: FeedSeries,
  terms: Pick<Terms, "perils" | "allowedFlags">,
  { peril: number, ...cover }: WeatherCover & { peril: number },
): WeatherWindow[] {
  const peril = terms.perils[number]!;
  const timesS = [...series.values.keys()].sort((a, b) => a - b);
  const found = peril.tiers.flatMap((tier) => {
    const isHit = (timeS: number) => {
      const value = series.values.get(timeS)!;
      return isBeyond(peril.comparison, tier.threshold, { min: value, max: value });
    };
    const beginnings = timesS.flatMap((timeS, i) =>
      i > 0 && isHit(timeS) && !isHit(timesS[i - 1]!) ? [i] : [],
    );
    return beginnings.flatMap((first) => {
      const end = timesS.findIndex((timeS, i) => i > first && !isHit(timeS));
      const run = timesS.slice(first, end < 0 ? undefined : end);
      const window = longest(run, { beforeS: timesS[first - 1]!, tier });
      return window === undefined ? [] : [window];
    });
  });
  found.sort((a, b) => b.payoutBps - a.payoutBps || b.toMs - a.toMs || a.fromMs - b.fromMs);
  const best: WeatherWindow[] = [];
  for (const window of found) {
    if (best.every(({ fromMs, toMs }) => window.toMs <= fromMs || window.fromMs >= toMs)) best.push(window);
  }
  return best;

  /** The longest beginning of a run that the contract would pay for. */
  function longest(
    runS: readonly number[],
    { beforeS, tier }: { beforeS: number; tier: Tier },
  ): WeatherWindow | undefined {
    const fromMs = 1000 * (runS[0]! - series.periodSeconds);
    if (fromMs < cover.coverFromMs || fromMs < cover.termsMs.from || fromMs >= cover.termsMs.to)
      return undefined;
    for (const lastS of runS.toReversed()) {
      const toMs = 1000 * lastS;
      if (toMs >= cover.endsAtMs) continue;
      if (toMs - fromMs < tier.minDurationMs) return undefined;
      const shown = feedWindow(series, { fromMs, toMs }, beforeS);
      if (shown.kind === "refused") continue;
      const { coverFromMs } = cover;
      const { allowedFlags } = terms;
      const probes = [shown.evidence];
      const judged = evaluate({ peril, minSensors: 1, allowedFlags, coverFromMs, probes });
      if (judged.met) return { fromMs, toMs, beforeS, payoutBps: judged.payoutBps };
    }
    return undefined;
  }
}
