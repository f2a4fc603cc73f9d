import { describe, expect, it } from "vitest";
import { samplesOf } from "../../../bench/foresight/samples.ts";
import { skillOf } from "../../../bench/foresight/skill.ts";
import { hasRealSeries, REAL_SERIES, readRealSeries } from "../../../bench/real-series.ts";

describe.skipIf(!hasRealSeries())("on the real pond of ../shared/data", () => {
  it("beats persistence and yesterday at three, six and nine hours", async () => {
    const series = REAL_SERIES[0]!;
    const { rows } = await readRealSeries(series);
    for (const skill of skillOf(samplesOf(rows), series.place)) {
      expect(skill.forecasts).toBeGreaterThan(90);
      expect(skill.foresight).toBeLessThan(0.85 * skill.yesterday);
      expect(skill.foresight).toBeLessThan(0.5 * skill.persistence);
    }
  });
});
