import type { MetricName } from "../protocol/record.ts";
import type { PondSpec } from "./pond/pond.ts";
import type { Climate } from "./pond/weather.ts";

/** A pond with a name, and its probes by the depth they hang at. */
export type FarmPond = PondSpec & {
  /** Unique everywhere; matches `[a-z0-9-]{1,32}`. */
  id: string;
  name: string;
  species: string;
  probes: readonly { id: string; depthM: number; metrics: readonly MetricName[] }[];
};

/** A farm has one gateway; its id is the site in every topic. */
export type Farm = { id: string; name: string; ponds: readonly FarmPond[] };

/** The south of Lake Tai in the third week of July. */
const MEIYU_END: Climate = {
  airTemperatureC: 29,
  dailyAmplitudeC: 4,
  dewPointC: 25,
  cloudFraction: 0.55,
  windMPerS: 2,
};
const HUZHOU = { latitudeDeg: 30.87, longitudeDeg: 120.1 };
const LINGHU = { latitudeDeg: 30.73, longitudeDeg: 120.18 };

/** Every box has a clamp around the aerator's lead; one a pond carries the dearer instruments. */
const BASIC = ["oxygen", "temperature", "current"] as const satisfies MetricName[];
const FULL = [...BASIC, "ph", "conductivity", "turbidity", "ammonia", "feed"] as const satisfies MetricName[];

/** The pond that carries a policy in every scenario: two-season largemouth bass, as dense as they are kept. */
export const INSURED_POND = "huzhou-1";

/** The demonstration's farms: what grows around Huzhou, with areas, stocks and depths that are usual there. */
export const FARMS: readonly Farm[] = [
  {
    id: "huzhou",
    name: "Daochang Bass Farm, Huzhou",
    ponds: [
      pond({
        id: INSURED_POND,
        name: "Bass 1",
        species: "largemouth bass",
        areaMu: 8,
        depthM: 1.8,
        stockKgPerMu: 2200,
      }),
      pond({
        id: "huzhou-2",
        name: "Bass 2",
        species: "largemouth bass",
        areaMu: 6,
        depthM: 1.8,
        stockKgPerMu: 1600,
      }),
      pond({
        id: "huzhou-3",
        name: "Catfish",
        species: "yellow catfish",
        areaMu: 10,
        depthM: 1.6,
        stockKgPerMu: 1200,
      }),
    ],
  },
  {
    id: "linghu",
    name: "Linghu Cooperative",
    ponds: [
      pond({
        id: "linghu-1",
        name: "Black carp",
        species: "black carp",
        areaMu: 20,
        depthM: 2,
        stockKgPerMu: 550,
        place: LINGHU,
      }),
      pond({
        id: "linghu-2",
        name: "Prawns",
        species: "oriental river prawn",
        areaMu: 12,
        depthM: 1.4,
        stockKgPerMu: 150,
        bloom: { maxRateMgPerLPerH: 1.6, secchiM: 0.4 },
        place: LINGHU,
      }),
      pond({
        id: "linghu-3",
        name: "Bass nursery",
        species: "largemouth bass",
        areaMu: 4,
        depthM: 1.5,
        stockKgPerMu: 900,
        place: LINGHU,
      }),
    ],
  },
];

type Dug = Pick<FarmPond, "id" | "name" | "species" | "areaMu" | "depthM" | "stockKgPerMu"> &
  Partial<FarmPond>;

/** Fills in what these ponds have in common. Aeration grows with the stock, 0.6 kW a tonne, and is never below 0.4 kW/mu. */
function pond(dug: Dug): FarmPond {
  const { id, areaMu, depthM, stockKgPerMu } = dug;
  return {
    place: HUZHOU,
    climate: MEIYU_END,
    bloom: { maxRateMgPerLPerH: 3, secchiM: 0.35 },
    waterDemandAt29CMgPerLPerH: 0.25,
    alkalinityMeqPerL: 2.2,
    conductivityMsPerCm: 0.48,
    aerator: {
      powerKw: areaMu * Math.max(0.4, (0.6 * stockKgPerMu) / 1000),
      onBelowMgPerL: 4.5,
      offAboveMgPerL: 6.5,
    },
    feeding: { dailyPart: 0.02, atSolarMinutes: [6 * 60 + 30, 16 * 60 + 30] },
    probes: [
      { id: `${id}-a`, depthM: 0.4, metrics: FULL },
      { id: `${id}-b`, depthM: depthM / 2, metrics: BASIC },
      { id: `${id}-c`, depthM: depthM - 0.4, metrics: BASIC },
    ],
    ...dug,
  };
}
