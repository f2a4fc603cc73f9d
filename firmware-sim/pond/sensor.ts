import { METRICS, type MetricName } from "../../protocol/record.ts";
import { createNoise, type Noise } from "../noise.ts";
import { carbonateEquilibrium } from "./carbonate.ts";
import type { PondSpec, PondState } from "./pond.ts";
import type { Pond } from "./simulation.ts";

/** A probe in a pond: what it measures, and where it hangs. */
export type ProbeSpec = {
  /** Unique within its pond. */
  id: string;
  metrics: readonly MetricName[];
  depthM: number;
  /** When it was last cleaned and calibrated. */
  cleanedMs: number;
};

/** How well an instrument does; the defaults are an optical oxygen probe's, a glass electrode's, a thermistor's. */
type Imperfection = {
  /** Scatter of single samples. */
  noise: number;
  /** Spread of the error that calibration leaves. */
  offset: number;
  resolution: number;
};

const IMPERFECTIONS: Record<MetricName, Imperfection> = {
  oxygen: { noise: 0.03, offset: 0.04, resolution: 0.01 },
  temperature: { noise: 0.02, offset: 0.05, resolution: 0.01 },
  ph: { noise: 0.01, offset: 0.04, resolution: 0.01 },
  conductivity: { noise: 0.002, offset: 0.005, resolution: 0.001 },
  turbidity: { noise: 0.8, offset: 0.5, resolution: 0.1 },
  ammonia: { noise: 0.02, offset: 0.03, resolution: 0.01 },
  current: { noise: 0.03, offset: 0.02, resolution: 0.01 },
  feed: { noise: 0, offset: 0, resolution: 0.001 },
};

const DAY_MS = 86_400_000;
/** Days after which a film on the probe begins to matter, and what it takes a day: of oxygen 1 %. */
const CLEAN_DAYS = 10;
const FOULING_PER_DAY = 0.01;
/** Glass electrodes age by 0.06 a month. */
const PH_DRIFT_PER_DAY = 0.002;

/** What a probe in the water shows at a time, by metric; feed is counted by the source. */
export function measure(
  probe: ProbeSpec,
  { pond, timeMs }: { pond: Pond; timeMs: number },
): ReadonlyMap<MetricName, number> {
  const truth = truthAt(pond.spec, pond.at(timeMs), probe.depthM);
  const days = Math.max(0, (timeMs - probe.cleanedMs) / DAY_MS);
  const aged: Record<MetricName, number> = {
    ...truth,
    oxygen: truth.oxygen * (1 - Math.min(0.5, FOULING_PER_DAY * Math.max(0, days - CLEAN_DAYS))),
    ph: truth.ph - PH_DRIFT_PER_DAY * days,
  };
  return new Map(
    probe.metrics.map((metric) => {
      const noise = createNoise(`${pond.seed}/${probe.id}/${metric}`);
      return [metric, imperfect(aged[metric], { metric, noise, timeMs })];
    }),
  );
}

/** What the water is at a depth: a smooth passage between the two layers. */
export function truthAt(spec: PondSpec, state: PondState, depthM: number): Record<MetricName, number> {
  const lower = 1 / (1 + Math.exp((-8 * (depthM - spec.depthM / 2)) / spec.depthM));
  const between = (above: number, below: number) => above * (1 - lower) + below * lower;
  const temperature = between(state.upper.temperatureC, state.lower.temperatureC);
  const { ph } = carbonateEquilibrium({
    inorganicCarbonMmolPerL: state.inorganicCarbonMmolPerL,
    alkalinityMeqPerL: spec.alkalinityMeqPerL,
    temperatureC: temperature,
  });
  return {
    oxygen: between(state.upper.oxygenMgPerL, state.lower.oxygenMgPerL),
    temperature,
    ph,
    conductivity: state.conductivityMsPerCm,
    turbidity: state.suspendedNtu,
    ammonia: state.ammoniaMgPerL,
    current: state.aeratorCurrentA,
    feed: state.fedKg,
  };
}

/** The number −1 addresses the instrument's lasting error; samples are addressed by their time. */
function imperfect(truth: number, at: { metric: MetricName; noise: Noise; timeMs: number }): number {
  const { noise, offset, resolution } = IMPERFECTIONS[at.metric];
  // A motor that stands still induces nothing in the clamp around its lead.
  if (at.metric === "current" && truth === 0) return 0;
  const shown = truth + offset * at.noise.normal(-1) + noise * at.noise.normal(at.timeMs);
  const rounded = Math.round(shown / resolution) * resolution;
  return at.metric === "temperature" ? rounded : Math.max(0, rounded);
}

/** Measured metrics as the eight slots of a record; null where there is nothing. */
export function toSlots(shown: ReadonlyMap<MetricName, number>): (number | null)[] {
  return METRICS.map(({ name }) => shown.get(name) ?? null);
}
