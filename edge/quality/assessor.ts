import type { FeedItem } from "../../protocol/feed.ts";
import { decodeRecord, recordTimeMs, slotOf } from "../../protocol/record.ts";
import { splitFrame } from "../../protocol/signature.ts";
import { isDoubted, mark, QC, type Quality } from "./flags.ts";
import { createNeighbours, type Neighbours } from "./neighbours.ts";
import { createProbeTests, type ProbeTests, type Sample } from "./probe-tests.ts";

/** A reading with what the tests say of it. */
export type Assessed = { cursor: number; device: string; seq: number; sample: Sample; quality: Quality };

/** Runs every test over all streams, in the order of the feed. */
export type Assessor = {
  /** What the tests say of new positions; `revised` are readings before them that turn out to be spikes. */
  take(items: readonly FeedItem[]): { assessed: Assessed[]; revised: { cursor: number; quality: Quality }[] };
};

const OXYGEN = slotOf("oxygen");

/** `pondOf` tells which probes are neighbours; a probe without a pond has none. */
export function createAssessor(options: {
  pondOf: (device: string) => string | undefined;
  utcOffsetMinutes: number;
}): Assessor {
  const { pondOf, utcOffsetMinutes } = options;
  const probes = new Map<string, { tests: ProbeTests; lastCursor: number }>();
  const ponds = new Map<string, Neighbours>();

  const disagrees = (device: string, { timeMs, values }: Sample): boolean => {
    const pond = pondOf(device);
    const oxygenMgPerL = values[OXYGEN] ?? null;
    if (pond === undefined || oxygenMgPerL === null) return false;
    const neighbours = ponds.get(pond) ?? createNeighbours();
    ponds.set(pond, neighbours);
    return neighbours.take(device, { timeMs, oxygenMgPerL });
  };

  return {
    take(items) {
      const revised: { cursor: number; quality: Quality }[] = [];
      const assessed = items.flatMap((item): Assessed[] => {
        if (item.kind === "hole") return [];
        const { cursor, device, seq, frame } = item;
        const sample = {
          timeMs: recordTimeMs(frame),
          values: decodeRecord(splitFrame(frame).record).values,
        };
        const probe = probes.get(device) ?? {
          tests: createProbeTests({ utcOffsetMinutes }),
          lastCursor: cursor,
        };
        const { quality, previous } = probe.tests.take(sample);
        if (disagrees(device, sample)) mark(quality, OXYGEN, QC.suspect, "neighbour");
        if (previous !== undefined) revised.push({ cursor: probe.lastCursor, quality: previous });
        probes.set(device, { ...probe, lastCursor: cursor });
        return [{ cursor, device, seq, sample, quality }];
      });
      return { assessed, revised };
    },
  };
}

/** Doubted readings among assessed ones, with the cursor under which they are kept. */
export function doubtedOf({ assessed, revised }: ReturnType<Assessor["take"]>) {
  return [...assessed.filter(({ quality }) => isDoubted(quality)), ...revised];
}
