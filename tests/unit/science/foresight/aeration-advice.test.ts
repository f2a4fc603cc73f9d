import { describe, expect, it } from "vitest";
import { adviseAeration } from "../../../../science/foresight/aeration-advice.ts";
import { sayAdvice } from "../../../../science/foresight/aeration-words.ts";
import { foreseeNight } from "../../../../science/foresight/night-ahead.ts";
import { DAY_MS, HUZHOU, madePond, START_MS } from "./made-pond.ts";

const nowMs = START_MS + 10 * DAY_MS + 21 * 3_600_000;
const night = foreseeNight({
  samples: madePond({ days: 11, respirationMgPerLPerH: 0.48 }),
  nowMs,
  place: HUZHOU,
  levelsMgPerL: [],
});
// Ten mu, 1.8 m deep.
const pond = { volumeM3: 12_000, temperatureC: 28, powerKw: 15 };
const clock = (timeMs: number) => new Date(timeMs + 8 * 3_600_000).toISOString().slice(11, 16);

describe("advice on aeration", () => {
  it("leaves the aerators alone while even the worst case is good", () => {
    expect(adviseAeration({ night, pond, targetMgPerL: 0.5 })).toMatchObject({ kind: "none-needed" });
  });

  it("starts them before the worst case falls below the target, and runs them until morning", () => {
    const advice = adviseAeration({ night, pond, targetMgPerL: 5 });
    if (advice.kind !== "run" || night.kind !== "foreseen") throw new Error(advice.kind);
    const below = night.path.find(({ lowMgPerL }) => lowMgPerL < 5);
    expect(advice.fromMs).toBeGreaterThanOrEqual(nowMs);
    expect(advice.fromMs).toBeLessThan(below!.atMs);
    expect(advice.untilMs).toBe(night.path.at(-1)!.atMs);
    expect(advice.gainMgPerLPerH).toBeGreaterThan(0);
    expect(sayAdvice(advice, clock).en).toMatch(/^Turn the aerators \(15 kW\) on by \d\d:\d\d/);
    expect(sayAdvice(advice, clock).zh).toContain("增氧机");
  });

  it("says how much power would be enough where there is too little", () => {
    const weak = { ...pond, powerKw: 0.75 };
    const advice = adviseAeration({ night, pond: weak, targetMgPerL: 5 });
    if (advice.kind !== "not-enough") throw new Error(advice.kind);
    expect(advice.heldMgPerL).toBeLessThan(5);
    const enough = adviseAeration({
      night,
      pond: { ...pond, powerKw: advice.neededKw },
      targetMgPerL: 5,
    });
    expect(enough.kind).toBe("run");
  });

  it("gives the reason where nothing is foreseen", () => {
    const advice = adviseAeration({
      night: { kind: "unforeseen", why: "no-current-reading" },
      pond,
      targetMgPerL: 4,
    });
    expect(sayAdvice(advice, clock).en).toContain("no reading of the last hour");
  });
});
