/** How long frames have been held behind gaps, by a clock that nobody sets. */
export type HeldAges = {
  note(device: string, seq: number): void;
  /** The age of the oldest frame from `nextSeq` on; 0 for none. Forgets the frames before. */
  oldestMs(device: string, nextSeq: number): number;
};

export function createHeldAges({ steadyNow }: { steadyNow: () => number }): HeldAges {
  const sinceMs = new Map<string, Map<number, number>>();
  return {
    note(device, seq) {
      const frames = sinceMs.get(device) ?? new Map<number, number>();
      sinceMs.set(device, frames);
      if (!frames.has(seq)) frames.set(seq, steadyNow());
    },
    oldestMs(device, nextSeq) {
      const frames = sinceMs.get(device) ?? new Map<number, number>();
      let oldestMs = steadyNow();
      for (const [seq, since] of frames) {
        if (seq < nextSeq) frames.delete(seq);
        else oldestMs = Math.min(oldestMs, since);
      }
      return steadyNow() - oldestMs;
    },
  };
}
