import { setTimeout as sleep } from "node:timers/promises";
import type { Part } from "./part.ts";
import type { BrokerKind, Site } from "./site.ts";
import { type Survival, survive } from "./survive.ts";

const PERIOD_MS = 50;
/** Longest time that a killed part stays dead, and that nothing happens to any. */
const MAX_PAUSE_MS = 900;
/** Blocks that a re-organisation replaces. */
const REORGANISED_BLOCKS = 3;

const HURRIED_PERIOD_MS = 5;

/** `faults` counts what happened, by name. */
export type FaultReport = Survival & { faults: Record<string, number>; seed: number };

/** Something that happens to a running system and is over some time later. */
type Fault = { name: string; begin(): Promise<void> | void; end(): Promise<void> | void };

/**
 * Kills the parts of a running system, cuts the wires between them and re-organises its ledger, at random and again and
 * again.
 */
export async function surviveFaults({
  folder,
  faults,
  seed,
  broker = "embedded",
  say,
}: {
  folder: string;
  faults: number;
  seed: number;
  broker?: BrokerKind;
  say: (line: string) => void;
}): Promise<FaultReport> {
  const random = createRandom(seed);
  const happened: Record<string, number> = {};
  const act = async (site: Site) => {
    const possible = possibleFaults(site);
    for (let i = 1; i <= faults; i++) {
      const fault = possible[Math.floor(random() * possible.length)]!;
      await sleep(random() * MAX_PAUSE_MS);
      await fault.begin();
      await sleep(random() * MAX_PAUSE_MS);
      await fault.end();
      happened[fault.name] = (happened[fault.name] ?? 0) + 1;
      say(`${i} of ${faults}: ${fault.name}`);
    }
  };
  return { ...(await survive({ folder, periodMs: PERIOD_MS, broker, act })), faults: happened, seed };
}

/** Cuts each wire of a running system, one after the other, while every probe takes so many readings. */
export async function surviveOutages({
  folder,
  readings,
}: {
  folder: string;
  readings: number;
}): Promise<Survival> {
  const act = async ({ cables }: Site) => {
    for (const cable of cables) {
      cable.cut();
      await sleep(readings * HURRIED_PERIOD_MS);
      cable.mend();
    }
  };
  return survive({ folder, periodMs: HURRIED_PERIOD_MS, act });
}

/** What can happen: kills twice as often as anything else, since they are what the system must survive most. */
function possibleFaults({ parts, cables, reorganise }: Site): Fault[] {
  const kills = Object.values(parts).map((part: Part) => ({
    name: `${part.name} killed`,
    begin: part.kill,
    end: part.start,
  }));
  const cuts = cables.map((cable) => ({ name: `${cable.name} cut`, begin: cable.cut, end: cable.mend }));
  const reorganisation = {
    name: `ledger re-organised by ${REORGANISED_BLOCKS} blocks`,
    begin: () => reorganise(REORGANISED_BLOCKS),
    end: () => undefined,
  };
  return [...kills, ...kills, ...cuts, reorganisation];
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
