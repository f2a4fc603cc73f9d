import { expect, vi } from "vitest";
import type { Oracle } from "../../../oracle/oracle.ts";
import { makeChain, type TestKey } from "../../factories.ts";
import type { TestChain } from "../ledger/chain.ts";
import { HOUR_MS } from "./policy.ts";
import { createMemoryFeed, type MemoryFeed } from "./world.ts";

const PERIOD_MS = 20 * 60_000;

export type Night = ReturnType<typeof makeNight>;

/**
 * A night under water: the probes' readings every twenty minutes from an hour after cover began; oxygen by hours since.
 * `liveTo` brings clock, chain and feed to a time of the night, and waits until the oracle has anchored it all.
 */
export function makeNight({
  chain,
  keys,
  coverFromMs,
  oxygen,
}: {
  chain: TestChain;
  keys: readonly TestKey[];
  coverFromMs: number;
  oxygen: readonly ((hour: number) => number)[];
}) {
  const startMs = Math.ceil(coverFromMs / PERIOD_MS) * PERIOD_MS + HOUR_MS;
  const feed: MemoryFeed = createMemoryFeed();
  const clock = { timeMs: startMs, now: () => clock.timeMs };
  const hoursOf = (seq: number) => (seq * PERIOD_MS) / HOUR_MS;
  const frames = keys.map((key, i) =>
    makeChain({ key, count: 61, startMs, periodMs: PERIOD_MS, oxygen: (seq) => oxygen[i]!(hoursOf(seq)) }),
  );
  let fed = 0;
  const feedNext = () => {
    for (const [i, key] of keys.entries()) feed.readings(key, [frames[i]![fed]!], fed);
    fed++;
  };
  const allAnchored = (oracle: Oracle) =>
    vi.waitFor(
      () =>
        expect(oracle.status()).toMatchObject({
          anchoredReadings: feed.items.length,
          pendingReadings: 0,
          failing: {},
        }),
      { timeout: 10_000, interval: 2 },
    );
  return {
    feed,
    clock,
    startMs,
    async liveTo(oracle: Oracle, hour: number) {
      const until = Math.floor((hour * HOUR_MS) / PERIOD_MS);
      while (fed <= until) {
        clock.timeMs = startMs + fed * PERIOD_MS;
        feedNext();
        await chain.mineAt(clock.timeMs);
        await allAnchored(oracle);
      }
    },
    /** What happened up to one hour reaches the oracle at another one, all at once. */
    async lateTo(oracle: Oracle, hour: number, { atHour }: { atHour: number }) {
      const until = Math.floor((hour * HOUR_MS) / PERIOD_MS);
      clock.timeMs = startMs + atHour * HOUR_MS;
      await chain.mineAt(clock.timeMs);
      while (fed <= until) feedNext();
      await allAnchored(oracle);
    },
  };
}

/** Oxygen of 1.2 mg/L from one hour of the night to another, else 6. */
export const below = (from: number, to: number) => (hour: number) => (hour >= from && hour < to ? 1.2 : 6);
