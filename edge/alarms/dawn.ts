const HOUR_MS = 3_600_000;
/** A night's fall is measured over so long: shorter, the noise of a probe is the slope (Madenjian 1987 takes 3 h). */
const BASE_MS = 3 * HOUR_MS;
const KEEP_EVERY_MS = 600_000;
/** Local hours between which oxygen only falls. */
const DUSK_HOUR = 20;
const DAWN_HOUR = 6;

/** Foresees the oxygen of the coming dawn by the night's fall so far. */
export type Dawn = {
  /** Oxygen expected at dawn, mg/L, or `undefined` by day and in the first hours of the night. */
  take(sample: { timeMs: number; oxygenMgPerL: number }): number | undefined;
};

/** A straight line through now and three hours ago: respiration hardly changes in a night. */
export function createDawn({ utcOffsetMinutes }: { utcOffsetMinutes: number }): Dawn {
  let kept: { timeMs: number; oxygenMgPerL: number }[] = [];
  return {
    take(sample) {
      const hour = (sample.timeMs / HOUR_MS + utcOffsetMinutes / 60) % 24;
      if (hour >= DAWN_HOUR && hour < DUSK_HOUR) {
        kept = [];
        return undefined;
      }
      const last = kept.at(-1);
      if (last === undefined || sample.timeMs - last.timeMs >= KEEP_EVERY_MS) kept.push(sample);
      const base = kept.findLast(({ timeMs }) => sample.timeMs - timeMs >= BASE_MS);
      if (base === undefined) return undefined;
      kept = kept.slice(kept.indexOf(base));
      const perMs = (sample.oxygenMgPerL - base.oxygenMgPerL) / (sample.timeMs - base.timeMs);
      const untilDawnMs = ((DAWN_HOUR + 24 - hour) % 24) * HOUR_MS;
      return Math.max(0, sample.oxygenMgPerL + Math.min(0, perMs) * untilDawnMs);
    },
  };
}
