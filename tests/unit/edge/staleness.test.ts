import { describe, expect, test } from "vitest";
import { isSilent, presenceOf } from "../../../edge/staleness.ts";

const periodMs = 60_000;
const last = { timeMs: 1_000_000, receivedAtMs: 1_000_500, timesCompare: true };
const at = (nowMs: number, more: Partial<Parameters<typeof presenceOf>[0]> = {}) =>
  presenceOf({ nowMs, periodMs, connected: true, last, ...more });

describe("a probe is", () => {
  test("never before its first reading, connected or not", () => {
    expect(at(1_000_000, { last: undefined })).toBe("never");
    expect(at(1_000_000, { last: undefined, connected: false })).toBe("never");
  });

  test("online for three intervals after a reading, and stale from then on", () => {
    expect(at(1_000_000 + 3 * periodMs)).toBe("online");
    expect(at(1_000_001 + 3 * periodMs)).toBe("stale");
  });

  test("offline without a session, however fresh its last value", () => {
    expect(at(1_000_000, { connected: false })).toBe("offline");
  });

  test("stale while it delivers a backlog of old readings", () => {
    const backlog = { timeMs: 1_000_000, receivedAtMs: 9_000_000, timesCompare: true };
    expect(at(9_000_000, { last: backlog })).toBe("stale");
  });

  test("judged by the time of arrival where the clocks cannot be compared", () => {
    const unset = { timeMs: 0, receivedAtMs: 9_000_000, timesCompare: false };
    expect(at(9_000_000, { last: unset })).toBe("online");
  });
});

test("a probe that never spoke is silent three intervals after it was paired", () => {
  const options = { periodMs, sinceMs: 500, last: undefined };
  expect(isSilent({ ...options, nowMs: 500 + 3 * periodMs })).toBe(false);
  expect(isSilent({ ...options, nowMs: 501 + 3 * periodMs })).toBe(true);
});
