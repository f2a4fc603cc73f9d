import { createNoise } from "../../../firmware-sim/noise.ts";
import { oxygenSaturationMgPerL } from "../../../science/oxygen-saturation.ts";
import type { NoteKind, ProbeReading, ProbeSeries } from "../../../science/plausibility/note.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What an honest pond's evidence is before anybody touches it: its probe, and another real water's at the same hours. */
export type Honest = { own: ProbeSeries; other: ProbeSeries };

/** A fraud planted at a time, what the insurer is then shown, and the kinds of note that would name it. */
export type Fraud = {
  name: string;
  named: readonly NoteKind[];
  needsOther?: true;
  plant: (honest: Honest, atMs: number) => { probes: ProbeSeries[]; neighbours?: ProbeSeries[] };
};

/** Buckets and copies last a night, and begin at dusk. */
const NIGHT_MS = 10 * HOUR_MS;

export const FRAUDS: readonly Fraud[] = [
  inBucket("probe in a bucket for a night", { halfLifeH: 2, coolsC: 5 }),
  inBucket("a slow bucket: half its oxygen in six hours, two degrees", { halfLifeH: 6, coolsC: 2 }),
  {
    name: "the same, beside an honest second probe (this series with noise of its own)",
    named: ["probes-disagree"],
    plant: (honest, atMs) => {
      const slow = inBucket("", { halfLifeH: 6, coolsC: 2 }).plant(honest, atMs);
      const second = honest.own.readings.map((it) => ({ ...it, ...shifted(it, 0, 0.05) }));
      return { probes: [...slow.probes, { probe: "second", readings: second }] };
    },
  },
  {
    name: "probe in the air for five hours",
    named: ["in-air"],
    plant: ({ own }, atMs) => ({
      probes: [
        altered(own, { atMs, forMs: 5 * HOUR_MS }, (reading) => {
          const temperatureC = reading.temperatureC! - 4;
          const chance = createNoise("air").normal(reading.timeMs / 1000);
          return rounded({
            oxygenMgPerL: oxygenSaturationMgPerL({ temperatureC }) * (1 + 0.004 * chance),
            temperatureC,
          });
        }),
      ],
    }),
  },
  {
    name: "stuck oxygen for a night",
    named: ["stuck"],
    plant: ({ own }, atMs) => {
      const { oxygenMgPerL } = own.readings.find(({ timeMs }) => timeMs >= atMs)!;
      return { probes: [altered(own, { atMs, forMs: NIGHT_MS }, () => ({ oxygenMgPerL }))] };
    },
  },
  copied("a night copied from three days before", { offset: 0, sigma: 0 }),
  copied("the same, 0.3 mg/L lower", { offset: -0.3, sigma: 0 }),
  copied("the same, with noise of 0.03 mg/L", { offset: 0, sigma: 0.03 }),
  copied("the same, with noise of 0.1 mg/L", { offset: 0, sigma: 0.1 }),
  {
    name: "a second probe that is the first with noise of 0.01 mg/L",
    named: ["twins"],
    plant: ({ own }) => ({
      probes: [
        own,
        { probe: "copy", readings: own.readings.map((it) => ({ ...it, ...shifted(it, 0, 0.01) })) },
      ],
    }),
  },
  {
    name: "probes of two waters exchanged",
    named: ["swapped"],
    needsOther: true,
    plant: ({ own, other }, atMs) => ({
      probes: [
        { probe: own.probe, readings: joined(own, other, atMs) },
        { probe: other.probe, readings: joined(other, own, atMs) },
      ],
    }),
  },
];

function copied(name: string, { offset, sigma }: { offset: number; sigma: number }): Fraud {
  return {
    name,
    named: ["copied"],
    plant: ({ own }, atMs) => {
      const source = new Map(own.readings.map((it) => [it.timeMs, it]));
      return {
        probes: [
          altered(own, { atMs, forMs: NIGHT_MS + 14 * HOUR_MS }, ({ timeMs }) => {
            const earlier = source.get(timeMs - 3 * DAY_MS);
            return earlier === undefined
              ? {}
              : { ...earlier, timeMs, ...shifted({ ...earlier, timeMs }, offset, sigma) };
          }),
        ],
      };
    },
  };
}

/** Water that fish and mud empty, and the night cools. */
function inBucket(name: string, { halfLifeH, coolsC }: { halfLifeH: number; coolsC: number }): Fraud {
  const noise = createNoise("bucket");
  return {
    name,
    named: ["in-bucket", "fall-without-cause"],
    plant: ({ own }, atMs) => {
      const first = own.readings.find(({ timeMs }) => timeMs >= atMs)!;
      const bucket = ({ timeMs, ph }: ProbeReading): Partial<ProbeReading> => {
        const hours = (timeMs - atMs) / HOUR_MS;
        const left = first.oxygenMgPerL! * 0.5 ** (hours / halfLifeH);
        const temperatureC = first.temperatureC! - coolsC * (1 - Math.exp(-hours / 2));
        const oxygenMgPerL = Math.max(0.1, left + 0.02 * noise.normal(timeMs / 1000));
        return { ...rounded({ oxygenMgPerL, temperatureC }), ph: ph === null ? null : ph - 0.05 * hours };
      };
      return { probes: [altered(own, { atMs, forMs: NIGHT_MS }, bucket)] };
    },
  };
}

function altered(
  { probe, readings }: ProbeSeries,
  { atMs, forMs }: { atMs: number; forMs: number },
  change: (reading: ProbeReading) => Partial<ProbeReading>,
): ProbeSeries {
  const inside = ({ timeMs, oxygenMgPerL }: ProbeReading) =>
    oxygenMgPerL !== null && timeMs >= atMs && timeMs < atMs + forMs;
  return { probe, readings: readings.map((it) => (inside(it) ? { ...it, ...change(it) } : it)) };
}

function joined(before: ProbeSeries, after: ProbeSeries, atMs: number): ProbeReading[] {
  return [
    ...before.readings.filter(({ timeMs }) => timeMs < atMs),
    ...after.readings.filter(({ timeMs }) => timeMs >= atMs),
  ];
}

function shifted(
  { timeMs, oxygenMgPerL }: ProbeReading,
  offset: number,
  sigma: number,
): Partial<ProbeReading> {
  if (oxygenMgPerL === null) return {};
  const noise = sigma === 0 ? 0 : sigma * createNoise("copy").normal(timeMs / 1000);
  return { oxygenMgPerL: Math.max(0, Math.round((oxygenMgPerL + offset + noise) * 100) / 100) };
}

function rounded({ oxygenMgPerL, temperatureC }: { oxygenMgPerL: number; temperatureC: number }) {
  return {
    oxygenMgPerL: Math.round(oxygenMgPerL * 100) / 100,
    temperatureC: Math.round(temperatureC * 100) / 100,
  };
}
