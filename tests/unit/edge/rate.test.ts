import { expect, test } from "vitest";
import { createTokenBucket } from "../../../edge/rate.ts";

test("lets a burst through and then paces", () => {
  let nowMs = 0;
  const bucket = createTokenBucket({ perSecond: 10, burst: 5, now: () => nowMs });
  expect(bucket.take(5)).toBe(0);
  expect(bucket.take(1)).toBe(100);
  nowMs = 100;
  expect(bucket.take(0)).toBe(0);
  nowMs = 600;
  expect(bucket.take(5)).toBe(0);
});

test("refuses what is not there without going into debt", () => {
  let nowMs = 0;
  const bucket = createTokenBucket({ perSecond: 10, burst: 2, now: () => nowMs });
  expect([1, 1, 1, 1].map((cost) => bucket.tryTake(cost))).toEqual([true, true, false, false]);
  nowMs = 100;
  expect([1, 1].map((cost) => bucket.tryTake(cost))).toEqual([true, false]);
});

test("never saves up more than the burst, and gives nothing for a clock that is set back", () => {
  let nowMs = 1_000_000;
  const bucket = createTokenBucket({ perSecond: 10, burst: 5, now: () => nowMs });
  nowMs = 2_000_000;
  expect(bucket.take(6)).toBe(100);
  nowMs = 0;
  expect(bucket.take(0)).toBe(100);
  nowMs = 100;
  expect(bucket.take(0)).toBe(0);
});
