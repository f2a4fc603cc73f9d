import { describe, expect, it } from "vitest";
import { createBacklog } from "../../../demo/backlog.ts";

const MINUTE_MS = 60_000;

/** A system at rest, as the simulation sees it: every number may be set. */
function makeSystem() {
  const seen = { nowMs: 0, waiting: 0, delivering: 0, stored: 0, holes: 0, held: 0, cursor: 0, lagMs: 0 };
  const isBehind = createBacklog({
    clock: { now: () => seen.nowMs },
    fleet: { waiting: () => seen.waiting, delivering: () => seen.delivering },
    positions: () => seen,
    oracle: () => seen,
    batchAgeMs: 10 * MINUTE_MS,
    holdingMs: 20 * MINUTE_MS,
  });
  return {
    /** What is so a time later, and whether time has to wait for it. */
    after(minutes: number, now: Partial<typeof seen>) {
      Object.assign(seen, now, { nowMs: seen.nowMs + minutes * MINUTE_MS });
      return isBehind();
    },
  };
}

describe("simulated time", () => {
  it("passes while every frame arrives, is read and anchored in time", () => {
    const system = makeSystem();
    for (let i = 1; i <= 100; i++)
      expect(system.after(60, { stored: i, cursor: i, lagMs: 15 * MINUTE_MS })).toBe(false);
  });

  it("waits for a frame that is on its way for long, though it is the only one", () => {
    const system = makeSystem();
    expect(system.after(9, { delivering: 1 })).toBe(false);
    expect(system.after(2, {})).toBe(true);
    expect(system.after(0, { delivering: 0 })).toBe(false);
  });

  it("waits for an oracle that does not read what is stored, readings or holes", () => {
    const system = makeSystem();
    expect(system.after(11, { stored: 5, holes: 1, cursor: 5 })).toBe(true);
    expect(system.after(0, { cursor: 6 })).toBe(false);
  });

  it("lets a lost number become a hole before it waits", () => {
    const system = makeSystem();
    expect(system.after(29, { delivering: 3, held: 3 })).toBe(false);
    expect(system.after(2, {})).toBe(true);
  });

  it("waits for a batch that is overdue, and for a flood", () => {
    const system = makeSystem();
    expect(system.after(1, { lagMs: 21 * MINUTE_MS })).toBe(true);
    expect(system.after(1, { lagMs: 0, waiting: 2_001 })).toBe(true);
    expect(system.after(1, { waiting: 2_000 })).toBe(false);
  });
});
