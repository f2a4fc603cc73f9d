import { describe, expect, it } from "vitest";
import { latestNight, nightsWithin, sunTimes } from "../../../portal/sun.ts";

const HUZHOU = { latitude: 30.87, longitude: 120.09 };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe("the sun", () => {
  it("rises and sets at Huzhou within two minutes of the almanac on the longest and the shortest day", () => {
    const longest = sunTimes(Date.UTC(2024, 5, 21, 4), HUZHOU);
    expect(Math.abs(longest.riseMs - Date.UTC(2024, 5, 20, 20, 55))).toBeLessThan(3 * MINUTE_MS);
    expect(Math.abs(longest.setMs - Date.UTC(2024, 5, 21, 11, 4))).toBeLessThan(3 * MINUTE_MS);
    const shortest = sunTimes(Date.UTC(2024, 11, 21, 4), HUZHOU);
    expect(Math.abs(shortest.riseMs - Date.UTC(2024, 11, 20, 22, 51))).toBeLessThan(3 * MINUTE_MS);
  });

  it("makes a night of every pair of sunset and next sunrise that touches the span", () => {
    const fromMs = Date.UTC(2026, 7, 8, 4);
    const nights = nightsWithin({ fromMs, toMs: fromMs + 2 * DAY_MS }, HUZHOU);
    expect(nights).toHaveLength(2);
    for (const { setMs, riseMs } of nights) {
      expect(riseMs - setMs).toBeGreaterThan(9 * 3_600_000);
      expect(riseMs - setMs).toBeLessThan(12 * 3_600_000);
    }
  });

  it("calls the last night that began the latest, by day as by night", () => {
    const noon = Date.UTC(2026, 7, 9, 4);
    const night = latestNight(noon, HUZHOU);
    expect(night.riseMs).toBeLessThan(noon);
    expect(latestNight(night.setMs + MINUTE_MS, HUZHOU).setMs).toBeCloseTo(night.setMs, -4);
  });

  it("gives an empty day in the polar winter and a full one in the polar summer", () => {
    const arctic = { latitude: 78, longitude: 15 };
    const winter = sunTimes(Date.UTC(2024, 11, 21, 11), arctic);
    expect(winter.setMs - winter.riseMs).toBe(0);
    const summer = sunTimes(Date.UTC(2024, 5, 21, 11), arctic);
    expect(summer.setMs - summer.riseMs).toBeCloseTo(DAY_MS, -3);
  });
});
