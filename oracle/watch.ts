import { readUint } from "../protocol/bytes.ts";
import type { Position } from "../protocol/evidence.ts";
import { recordFlags, recordTimeMs, recordValues } from "../protocol/record.ts";
import { type Breach, type BreachRules, findBreaches, isInBreach, type ProbeSeries } from "./breach.ts";
import { lastBelow } from "./search.ts";

/** Since when, and until when (exclusive), a probe serves a pond. */
export type Service = { fromMs: number; toMs: number };

/** Most readings that are kept of one probe: a month by the minute. What is older cannot begin a window any more. */
const MAX_KEPT = 50_000;

/** Follows one peril of one policy through the readings of its probes, and keeps only what a window may still need. */
export type Watch = {
  /** Takes the next positions of a probe; the first call for it says where it begins. */
  take(probe: number, positions: readonly Position[]): void;
  setService(probe: number, service: Service): void;
  /** The windows that pay, best first, in positions: `after` is the reading behind the window, by probe shown. */
  breaches(): (Breach & { after: number[] })[];
  /** Forgets the readings that no window can need that ends after now. */
  prune(): void;
  /** Readings kept, of all probes. */
  readonly kept: number;
};

/**
 * The watch of one peril. Its windows can be proven no later than `anchorWithinMs` behind their end, so that a probe
 * that fell silent longer ago holds nothing up. `firstSeqs` is the position that comes first, by probe.
 */
export function createWatch({
  rules,
  anchorWithinMs,
  firstSeqs,
}: {
  rules: BreachRules;
  anchorWithinMs: number;
  firstSeqs: readonly number[];
}): Watch {
  const series = firstSeqs.map((): ProbeSeries & { seqs: number[] } => ({
    seqs: [],
    timesMs: [],
    values: [],
    seconds: [],
    flags: [],
    holes: [],
    servesFromMs: Number.MAX_SAFE_INTEGER,
    servesToMs: Number.MAX_SAFE_INTEGER,
  }));
  const nextSeqs = [...firstSeqs];
  const holesSeen = firstSeqs.map(() => 0);
  const { metric, second } = rules.peril;

  const take = (probe: number, positions: readonly Position[]): void => {
    const into = series[probe]!;
    for (const position of positions) {
      const seq = nextSeqs[probe]!++;
      if (position.kind === "hole") {
        holesSeen[probe]!++;
        continue;
      }
      const values = recordValues(position.frame);
      into.seqs.push(seq);
      into.timesMs.push(recordTimeMs(position.frame));
      into.values.push(readUint(values, 4 * metric, 4));
      into.seconds.push(readUint(values, 4 * second.metric, 4));
      into.flags.push(recordFlags(position.frame));
      into.holes.push(holesSeen[probe]!);
    }
  };

  /** Every window yet to be found ends at or behind this time (see `prune`). */
  const horizonMs = (): number => {
    const lastTimes = series.map(({ timesMs }) => timesMs.at(-1) ?? 0);
    return Math.max(Math.min(...lastTimes), Math.max(...lastTimes) - anchorWithinMs);
  };

  return {
    take,
    setService(probe, { fromMs, toMs }) {
      series[probe]!.servesFromMs = fromMs;
      series[probe]!.servesToMs = toMs;
    },
    breaches: () =>
      findBreaches(series, rules).map((breach) => ({
        ...breach,
        after: breach.probes.map((probe) => {
          const { timesMs, seqs } = series[probe]!;
          return seqs[lastBelow(timesMs, breach.toMs + 1) + 1]!;
        }),
      })),
    /**
     * A window that is found later has, for some probe, the reading behind it still to come: it ends at or behind that
     * probe's last reading. And one that ends longer ago than data may take to be anchored pays nothing. Up to that
     * horizon a probe's readings matter only since its last one outside every breach, which may be the one before the
     * window.
     */
    prune() {
      const horizon = horizonMs();
      for (const it of series) {
        let from = lastBelow(it.timesMs, horizon + 1);
        while (from > 0 && isInBreach(it, from, rules)) from--;
        drop(it, Math.max(from, it.timesMs.length - MAX_KEPT));
      }
    },
    get kept() {
      return series.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
    },
  };
}

function drop(
  { seqs, timesMs, values, seconds, flags, holes }: ProbeSeries & { seqs: number[] },
  count: number,
) {
  if (count <= 0) return;
  for (const column of [seqs, timesMs, values, seconds, flags, holes]) column.splice(0, count);
}
