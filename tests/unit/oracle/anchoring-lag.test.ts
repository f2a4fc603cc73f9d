import { describe, expect, it } from "vitest";
import { createAnchoring } from "../../../oracle/anchoring.ts";

const signal = new AbortController().signal;

/** The loop over a sealer and a ledger that are what the test says: only their order in time is of interest. */
function makeLoop() {
  const seen = { nowMs: 0, pending: 0, sealed: 0, isDown: false };
  const loop = createAnchoring({
    anchor: {
      forgotten: 0,
      reconcile: async () => undefined,
      next: async () => {
        if (seen.isDown) throw new Error("no node answers");
        return seen.sealed > 0 && seen.sealed-- > 0;
      },
    },
    registry: { follow: async () => undefined },
    sealer: {
      refused: {},
      pending: () => seen.pending,
      seal: async () => {
        seen.pending = 0;
        return ++seen.sealed;
      },
    },
    clock: { now: () => seen.nowMs },
    rules: { maxReadings: 100, maxAgeMs: 10 },
    ledgerTimeMs: async () => seen.nowMs,
    verify: async () => undefined,
  });
  const at = (nowMs: number, now: Partial<typeof seen> = {}) => Object.assign(seen, now, { nowMs });
  return { loop, at };
}

describe("how long a reading waits for the ledger", () => {
  it("counts from when it can have come, until it is anchored and not only sealed", async () => {
    const { loop, at } = makeLoop();
    at(100);
    await loop.turn(signal);
    expect(loop.waitingMs()).toBe(0);
    at(105, { pending: 3 });
    expect(loop.waitingMs()).toBe(5);
    at(110);
    expect(await loop.turn(signal)).toBe("again");
    at(150, { isDown: true });
    await expect(loop.turn(signal)).rejects.toThrow("no node answers");
    expect(loop.waitingMs()).toBe(50);
    at(160, { isDown: false });
    await loop.turn(signal);
    await loop.turn(signal);
    expect(loop.waitingMs()).toBe(0);
  });

  it("does not forget what came while a batch was on its way", async () => {
    const { loop, at } = makeLoop();
    await loop.turn(signal);
    at(10, { pending: 1 });
    await loop.turn(signal);
    at(30, { pending: 1 });
    await loop.turn(signal);
    expect(await loop.turn(signal)).toBe("again");
    expect(loop.waitingMs()).toBe(20);
  });
});
