import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chartWindow } from "../../../../portal/web/chart-window.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 7, 9);
const MAX_POINTS = 650;
const SERVER_SPAN_MS = 400 * DAY_MS;
const SERVER_POINTS = 2_000;

describe("a chart's window", () => {
  it("asks for as much again on its left when it ends now, and for nothing of the future", () => {
    const { fromMs, toMs, asked } = chartWindow({
      endMs: NOW_MS,
      nowMs: NOW_MS,
      spanMs: DAY_MS,
      maxPoints: MAX_POINTS,
    });
    expect([fromMs, toMs]).toEqual([NOW_MS - DAY_MS, NOW_MS]);
    expect(asked).toEqual({ fromMs: NOW_MS - 2 * DAY_MS, toMs: NOW_MS, maxPoints: 2 * MAX_POINTS });
  });

  it("never asks for more than the server gives, and always for what is in sight", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 7, 120, 365), fc.integer({ min: 0, max: NOW_MS }), (days, agoMs) => {
        const spanMs = days * DAY_MS;
        const { fromMs, toMs, asked } = chartWindow({
          endMs: Math.max(spanMs, NOW_MS - agoMs),
          nowMs: NOW_MS,
          spanMs,
          maxPoints: MAX_POINTS,
        });
        expect(toMs - fromMs).toBe(spanMs);
        expect(asked.fromMs).toBeLessThanOrEqual(fromMs);
        expect(asked.toMs).toBeGreaterThanOrEqual(toMs);
        expect(asked.toMs).toBeLessThanOrEqual(NOW_MS);
        expect(asked.toMs - asked.fromMs).toBeLessThanOrEqual(SERVER_SPAN_MS);
        expect(asked.maxPoints).toBeLessThanOrEqual(SERVER_POINTS);
      }),
    );
  });
});
