import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSendWindow } from "../../../firmware-sim/send-window.ts";

const OPTIONS = { windowFrames: 10, blockFrames: 4, resendAfterMs: 1000 };

function makeWindow(firstSeq = 0) {
  const window = createSendWindow(OPTIONS);
  window.restart(firstSeq, 0);
  return window;
}

describe("the send window", () => {
  it("sends blocks until the window is full, and goes on when the gateway acknowledges", () => {
    const window = makeWindow(5);
    expect(window.next(0)).toEqual({ fromSeq: 5, limit: 4 });
    window.sent({ fromSeq: 5, frames: 4 }, 0);
    window.sent({ fromSeq: 9, frames: 4 }, 0);
    expect(window.next(0)).toEqual({ fromSeq: 13, limit: 2 });
    window.sent({ fromSeq: 13, frames: 2 }, 0);
    expect(window.next(0)).toBeNull();
    window.acknowledged({ contiguous: 7, missing: [] }, 10);
    expect(window.next(10)).toEqual({ fromSeq: 15, limit: 3 });
  });

  it("begins again at the oldest unacknowledged frame when the gateway is silent", () => {
    const window = makeWindow();
    window.sent({ fromSeq: 0, frames: 4 }, 100);
    window.acknowledged({ contiguous: 1, missing: [] }, 500);
    expect(window.dueMs()).toBe(1500);
    expect(window.next(1499)).toEqual({ fromSeq: 4, limit: 4 });
    expect(window.next(1500)).toEqual({ fromSeq: 2, limit: 4 });
  });

  it("waits for nothing when nothing is out", () => {
    const window = makeWindow();
    expect(window.dueMs()).toBeNull();
    window.sent({ fromSeq: 0, frames: 4 }, 100);
    window.acknowledged({ contiguous: 3, missing: [] }, 200);
    expect(window.dueMs()).toBeNull();
  });

  it("sends what the gateway lacks first, once per silence however often it is named", () => {
    const window = makeWindow();
    window.sent({ fromSeq: 0, frames: 8 }, 0);
    const lacking = { contiguous: 1, missing: [[2, 6]] as [number, number][] };
    window.acknowledged(lacking, 10);
    expect(window.next(10)).toEqual({ fromSeq: 2, limit: 4 });
    expect(window.sent({ fromSeq: 2, frames: 4 }, 10)).toBe("asked");
    window.acknowledged(lacking, 20);
    expect(window.next(20)).toEqual({ fromSeq: 6, limit: 1 });
    window.sent({ fromSeq: 6, frames: 1 }, 20);
    expect(window.next(20)).toEqual({ fromSeq: 8, limit: 4 });
    window.acknowledged(lacking, 1010);
    expect(window.next(1010)).toEqual({ fromSeq: 2, limit: 4 });
  });

  it("gives up a range that is no longer there", () => {
    const window = makeWindow(50);
    window.acknowledged({ contiguous: 49, missing: [[60, 70]] }, 0);
    expect(window.sent({ fromSeq: 60, frames: 0 }, 0)).toBe("asked");
    expect(window.next(0)).toEqual({ fromSeq: 50, limit: 4 });
  });

  it("delivers everything over a line that loses messages and acknowledgements, and never has more out than allowed", () => {
    const loss = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), loss, (count, lost) => {
        const window = makeWindow();
        const held = new Set<number>();
        const losses = lost[Symbol.iterator]();
        const isLost = (round: number) => round < 300 && losses.next().value === true;
        let nowMs = 0;
        let contiguous = -1;
        for (let round = 0; contiguous < count - 1; round++) {
          expect(round).toBeLessThan(2000);
          const range = window.next(nowMs);
          const frames = range === null ? 0 : Math.max(0, Math.min(range.limit, count - range.fromSeq));
          if (range !== null) window.sent({ fromSeq: range.fromSeq, frames }, nowMs);
          expect(frames).toBeLessThanOrEqual(OPTIONS.blockFrames);
          if (range !== null && !isLost(round)) {
            for (let seq = range.fromSeq; seq < range.fromSeq + frames; seq++) held.add(seq);
            while (held.has(contiguous + 1)) contiguous++;
            const behind = [...held].filter((seq) => seq > contiguous);
            const missing: [number, number][] =
              behind.length > 0 ? [[contiguous + 1, Math.min(...behind) - 1]] : [];
            if (!isLost(round)) window.acknowledged({ contiguous, missing }, nowMs);
            expect(Math.max(-1, ...held) - contiguous).toBeLessThanOrEqual(OPTIONS.windowFrames + 1 + count);
          }
          nowMs += 300;
        }
      }),
      { numRuns: 100 },
    );
  });
});
