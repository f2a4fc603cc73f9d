import { describe, expect, it } from "vitest";
import { createNoise } from "../../../../firmware-sim/noise.ts";
import { oxygenSaturationMgPerL } from "../../../../science/oxygen-saturation.ts";
import type { Note, ProbeReading, ProbeSeries } from "../../../../science/plausibility/note.ts";
import { SUSPICIOUS } from "../../../../science/plausibility/note.ts";
import { sayNote } from "../../../../science/plausibility/note-words.ts";
import { type Evidence, reviewEvidence } from "../../../../science/plausibility/review.ts";
import { DAY_MS, HUZHOU, madePond, START_MS } from "../foresight/made-pond.ts";

const HOUR_MS = 3_600_000;
const DAYS = 17;
const REVIEWED = { fromMs: START_MS + 15.5 * DAY_MS, toMs: START_MS + 16.5 * DAY_MS, place: HUZHOU };
/** Ten in the evening of the reviewed day. */
const EVENING_MS = START_MS + 15.9 * DAY_MS;

/** An honest probe in the made pond: noise of its own, a day's warming, running aerators if asked for. */
function honest(probe: string, { currentA = null as number | null } = {}): ProbeSeries {
  const noise = createNoise(probe);
  const readings = madePond({ days: DAYS }).map(({ timeMs, oxygenMgPerL, temperatureC }, i) => ({
    timeMs,
    oxygenMgPerL: Math.round(100 * (oxygenMgPerL + 0.03 * noise.normal(i))) / 100,
    temperatureC: temperatureC + Math.sin((2 * Math.PI * (i - 60)) / 144) + 0.02 * noise.normal(1e6 + i),
    ph: 7.8 + 0.01 * noise.normal(2e6 + i),
    currentA,
  }));
  return { probe, readings };
}

function between(
  { probe, readings }: ProbeSeries,
  hours: number,
  change: (reading: ProbeReading, hoursIn: number) => Partial<ProbeReading>,
): ProbeSeries {
  const altered = readings.map((it) => {
    const hoursIn = (it.timeMs - EVENING_MS) / HOUR_MS;
    return hoursIn >= 0 && hoursIn < hours ? { ...it, ...change(it, hoursIn) } : it;
  });
  return { probe, readings: altered };
}

function notesOn(evidence: Pick<Evidence, "probes"> & Partial<Evidence>): Note[] {
  return reviewEvidence({ ...REVIEWED, ...evidence }).filter(({ score }) => score >= SUSPICIOUS);
}
const kindsOn = (evidence: Parameters<typeof notesOn>[0]) => [
  ...new Set(notesOn(evidence).map(({ kind }) => kind)),
];

describe("a review of evidence", () => {
  it("has nothing to say about two honest probes and an honest neighbour", () => {
    expect(kindsOn({ probes: [honest("a"), honest("b")], neighbours: [honest("c")] })).toEqual([]);
  });

  it("sees a value that never moves, but not water without oxygen", () => {
    const stuck = between(honest("a"), 6, () => ({ oxygenMgPerL: 4.2 }));
    expect(kindsOn({ probes: [stuck] })).toContain("stuck");
    const empty = between(honest("a"), 6, () => ({ oxygenMgPerL: 0 }));
    expect(kindsOn({ probes: [empty] })).not.toContain("stuck");
  });

  it("sees a lifted probe, surer where its temperature follows the air's", () => {
    const airAt = (timeMs: number) => 24 + 2 * Math.sin(timeMs / (2 * HOUR_MS));
    const lifted = between(honest("a"), 5, ({ timeMs }) => {
      const temperatureC = airAt(timeMs);
      return { temperatureC, oxygenMgPerL: oxygenSaturationMgPerL({ temperatureC }) * 1.01 };
    });
    const air = lifted.readings.map(({ timeMs }) => ({ timeMs, temperatureC: airAt(timeMs) }));
    const inAir = (known: Partial<Evidence>) =>
      reviewEvidence({ ...REVIEWED, probes: [lifted], ...known }).find(({ kind }) => kind === "in-air");
    const [seen, guessed] = [inAir({ air }), inAir({})];
    expect(seen).toMatchObject({ followsAir: true });
    expect(guessed).toMatchObject({ followsAir: false });
    expect(seen!.score).toBeGreaterThan(Math.max(guessed!.score, SUSPICIOUS));
  });

  it("sees a bucket", () => {
    const bucket = between(honest("a"), 9, ({ oxygenMgPerL, temperatureC }, hours) => ({
      oxygenMgPerL: oxygenMgPerL! * 0.5 ** (hours / 2),
      temperatureC: temperatureC! - Math.min(5, hours),
    }));
    expect(kindsOn({ probes: [bucket] })).toContain("in-bucket");
    expect(kindsOn({ probes: [bucket], neighbours: [honest("b")] })).toContain("unlike-neighbours");
    expect(kindsOn({ probes: [bucket, honest("b")] })).toContain("probes-disagree");
  });

  it("sees one probe that is shown as two, and a night that was there before", () => {
    const a = honest("a");
    expect(kindsOn({ probes: [a, { ...a, probe: "b" }] })).toEqual(["twins"]);
    const past = new Map(a.readings.map((it) => [it.timeMs, it.oxygenMgPerL]));
    const copied = between(a, 12, ({ timeMs }) => ({ oxygenMgPerL: past.get(timeMs - 2 * DAY_MS)! }));
    const note = notesOn({ probes: [copied] }).find(({ kind }) => kind === "copied");
    if (note?.kind !== "copied") throw new Error("no note");
    expect(note.fromMs - note.earlierMs).toBe(2 * DAY_MS);
  });

  it("sees probes of two different waters exchanged", () => {
    const a = honest("a");
    const b = {
      probe: "b",
      readings: honest("b").readings.map((it) => ({
        ...it,
        oxygenMgPerL: it.oxygenMgPerL! + 4,
        temperatureC: it.temperatureC! - 3,
      })),
    };
    const cut = (first: ProbeSeries, second: ProbeSeries) => ({
      probe: first.probe,
      readings: first.readings.map((it, i) => (it.timeMs < EVENING_MS ? it : second.readings[i]!)),
    });
    // They differ by four milligrams, and always have.
    expect(kindsOn({ probes: [a, b] })).toEqual([]);
    expect(kindsOn({ probes: [cut(a, b), cut(b, a)] })).toContain("swapped");
  });

  it("holds the aerator's current against the oxygen", () => {
    const low = (currentA: number) =>
      between(honest("a"), 6, (_, hours) => ({ oxygenMgPerL: Math.max(0.3, 1.9 - 0.4 * hours), currentA }));
    expect(kindsOn({ probes: [low(0)] })).toContain("aerator-off");
    expect(kindsOn({ probes: [low(6)] })).toContain("aerator-without-effect");
    expect(kindsOn({ probes: [low(6)] })).not.toContain("aerator-off");
  });

  it("knows what water cannot do", () => {
    const green = {
      probe: "a",
      readings: honest("a").readings.map((it) => ({ ...it, oxygenMgPerL: it.oxygenMgPerL! + 3 })),
    };
    const steep = between(green, 3, ({ oxygenMgPerL }) => ({
      oxygenMgPerL: Math.max(0, oxygenMgPerL! - 4.5),
    }));
    expect(kindsOn({ probes: [steep] })).toEqual(
      expect.arrayContaining(["fall-without-cause", "rise-in-the-dark"]),
    );
    const burst = between(honest("a"), 2, () => ({ oxygenMgPerL: 23 }));
    expect(kindsOn({ probes: [burst] })).toContain("oversaturated");
  });

  it("says every note in both languages with its numbers", () => {
    const bucket = between(honest("a"), 9, ({ oxygenMgPerL, temperatureC }, hours) => ({
      oxygenMgPerL: oxygenMgPerL! * 0.5 ** (hours / 2),
      temperatureC: temperatureC! - Math.min(5, hours),
      currentA: 0,
    }));
    for (const note of notesOn({ probes: [bucket, { ...bucket, probe: "b" }], neighbours: [honest("c")] })) {
      const { en, zh } = sayNote(note);
      expect(en).toMatch(/\d.*\.$/);
      expect(zh).toMatch(/。$/);
      expect(`${en}${zh}`).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});
