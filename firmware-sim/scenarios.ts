import { FARMS, INSURED_POND } from "./farms.ts";
import type { PondEvent } from "./pond/events.ts";
import type { PondStart } from "./pond/pond.ts";

export const SCENARIO_NAMES = [
  "calm-week",
  "hypoxia-night",
  "aerator-failure",
  "cut-cable",
  "tampered-frame",
  "replayed-frame",
  "wrong-clock",
  "cloned-key",
  "lying-oracle",
] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** Something done to one probe's clock, key or line; see `attacks.ts` for who does it. */
export type Attack =
  /** Someone in the line alters every reading that passes. */
  | { kind: "tamper"; probe: string; atMs: number; untilMs: number }
  /** Someone who listened sends a frame of `ageMs` ago, every `everyMs`. */
  | { kind: "replay"; probe: string; atMs: number; untilMs: number; everyMs: number; ageMs: number }
  /**
   * A second device with the same key claims less oxygen, half a period after each true reading. Key and outbox are
   * copied at `atMs`, which lies between two readings, so that the true record of every number is there first.
   */
  | { kind: "clone"; probe: string; atMs: number; untilMs: number; oxygenLessMgPerL: number }
  /** The reader's clock is off by `offsetMs`, and nobody tells it. */
  | { kind: "wrong-clock"; probe: string; atMs: number; untilMs: number; offsetMs: number };

export type Scenario = {
  name: ScenarioName;
  title: string;
  /** For people, one or two sentences. */
  description: string;
  startMs: number;
  endMs: number;
  /** What the water is like at the start, everywhere. */
  start: Omit<PondStart, "timeMs">;
  /** By pond; a pond that is not named has an ordinary day. */
  events: Readonly<Record<string, readonly PondEvent[]>>;
  attacks: readonly Attack[];
  /** What the insured pond's longest time below 2 mg/L must pay by the example terms: hours of the tier, or nothing. */
  tierHours: 2 | 4 | 6 | 8 | null;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
const EVENING = Date.parse("2026-07-15T16:00:00+08:00");
const MORNING = Date.parse("2026-07-15T09:00:00+08:00");
const PROBE = `${INSURED_POND}-a`;

const eveningAt = (hours: number) => EVENING + hours * HOUR_MS;
const morningAt = (hours: number) => MORNING + hours * HOUR_MS;

/** A leaden day without wind, so that hardly any oxygen comes in by itself. */
const STIFLING: readonly PondEvent[] = [
  { kind: "overcast", atMs: EVENING, untilMs: eveningAt(18), cloudFraction: 0.95 },
  { kind: "calm-wind", atMs: EVENING, untilMs: eveningAt(18), windFactor: 0.4 },
];
const WHEELS_LOST: readonly PondEvent[] = [
  ...STIFLING,
  { kind: "aerator-failure", atMs: eveningAt(2.5), untilMs: eveningAt(16.5), fault: "idling", failedPart: 1 },
];
const CRASH: readonly PondEvent[] = [
  ...STIFLING,
  { kind: "aerator-failure", atMs: eveningAt(6), untilMs: eveningAt(12.5), fault: "dead", failedPart: 0.5 },
  {
    kind: "bloom-die-off",
    atMs: eveningAt(6),
    untilMs: eveningAt(12.5),
    productionFactor: 0.2,
    waterDemandFactor: 5,
  },
];

const OVERCAST_EVENING = {
  startMs: EVENING,
  start: { oxygenMgPerL: 6.5, temperatureC: 29.5 },
  attacks: [],
};
const ORDINARY_DAY = {
  startMs: MORNING,
  endMs: morningAt(6),
  start: { oxygenMgPerL: 6, temperatureC: 29 },
  events: {},
  tierHours: null,
};

/** The stories that the demonstration tells. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  "calm-week": {
    ...ORDINARY_DAY,
    name: "calm-week",
    title: "A calm week",
    description: "Seven ordinary summer days. The aerators run at night, and nobody has a claim.",
    endMs: MORNING + 7 * DAY_MS,
    attacks: [],
  },
  "hypoxia-night": {
    ...OVERCAST_EVENING,
    name: "hypoxia-night",
    title: "The bloom dies",
    description:
      "After an overcast day the algae of the insured pond die, low voltage stops half of its paddle wheels, and oxygen stays below 2 mg/L for about three hours.",
    endMs: eveningAt(18),
    events: { [INSURED_POND]: CRASH },
    tierHours: 2,
  },
  "aerator-failure": {
    ...OVERCAST_EVENING,
    name: "aerator-failure",
    title: "The aerator fails",
    description:
      "The paddle wheels of the insured pond come off their shafts at dusk: the motors hum, the oxygen falls, and stays below 2 mg/L until the repair next morning.",
    endMs: eveningAt(20),
    events: { [INSURED_POND]: WHEELS_LOST },
    tierHours: 8,
  },
  "cut-cable": {
    ...OVERCAST_EVENING,
    name: "cut-cable",
    title: "A probe falls silent",
    description:
      "The cable of one of three probes is cut an hour before the aerator fails. Two probes remain, and two are enough.",
    endMs: eveningAt(20),
    events: {
      [INSURED_POND]: [
        ...WHEELS_LOST,
        { kind: "cut-cable", probe: `${INSURED_POND}-c`, atMs: eveningAt(1.5) },
      ],
    },
    tierHours: 8,
  },
  "tampered-frame": {
    ...ORDINARY_DAY,
    name: "tampered-frame",
    title: "Readings altered on their way",
    description:
      "For half an hour someone in the line changes what a probe says. No signature survives that.",
    attacks: [{ kind: "tamper", probe: PROBE, atMs: morningAt(2), untilMs: morningAt(2.5) }],
  },
  "replayed-frame": {
    ...ORDINARY_DAY,
    name: "replayed-frame",
    title: "Old readings sent again",
    description: "Someone who listened sends readings of an hour ago, again and again. Each counts once.",
    attacks: [
      {
        kind: "replay",
        probe: PROBE,
        atMs: morningAt(2),
        untilMs: morningAt(3),
        everyMs: 5 * MINUTE_MS,
        ageMs: HOUR_MS,
      },
    ],
  },
  "wrong-clock": {
    ...ORDINARY_DAY,
    name: "wrong-clock",
    title: "A clock goes wrong",
    description: "One reader's clock runs two hours ahead for forty minutes, and later four minutes behind.",
    attacks: [
      {
        kind: "wrong-clock",
        probe: PROBE,
        atMs: morningAt(1),
        untilMs: morningAt(5 / 3),
        offsetMs: 2 * HOUR_MS,
      },
      {
        kind: "wrong-clock",
        probe: PROBE,
        atMs: morningAt(5),
        untilMs: morningAt(5.25),
        offsetMs: -4 * MINUTE_MS,
      },
    ],
  },
  "cloned-key": {
    ...ORDINARY_DAY,
    name: "cloned-key",
    title: "A stolen key",
    description:
      "A second device with the same key claims that the pond has no oxygen. Two records with one number convict it.",
    attacks: [
      {
        kind: "clone",
        probe: PROBE,
        atMs: morningAt(2) - MINUTE_MS / 2,
        untilMs: morningAt(4),
        oxygenLessMgPerL: 10,
      },
    ],
  },
  "lying-oracle": {
    ...OVERCAST_EVENING,
    name: "lying-oracle",
    title: "The operator lies",
    description:
      "An ordinary night. The operator anchors an event that never was, and a claim is opened on it. Whoever has the readings convicts him.",
    endMs: eveningAt(9),
    events: {},
    tierHours: null,
  },
};

/** What the pond of `lying-oracle` goes through where not the operator lies but a probe's owner: two stories of one night. */
export const TWO_STORIES: Pick<Scenario, "endMs" | "events" | "attacks"> = {
  endMs: eveningAt(20),
  events: { [INSURED_POND]: WHEELS_LOST },
  attacks: [
    {
      kind: "clone",
      probe: PROBE,
      atMs: eveningAt(4) - MINUTE_MS / 2,
      untilMs: eveningAt(5),
      oxygenLessMgPerL: 10,
    },
  ],
};

/** Where all ponds of a scenario stand when it begins. */
export function pondsOf(scenario: Scenario) {
  return FARMS.flatMap((farm) =>
    farm.ponds.map((spec) => ({
      farm: farm.id,
      spec,
      events: scenario.events[spec.id] ?? [],
      start: { timeMs: scenario.startMs, ...scenario.start },
      seed: `${scenario.name}/${spec.id}`,
    })),
  );
}
