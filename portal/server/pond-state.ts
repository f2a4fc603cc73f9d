import { slotOf } from "../../protocol/record.ts";
import type { ClaimSummary, Place, PondSummary, ProbeState, ReadingPoint, Trend } from "../api.ts";
import { levelOf, MOODS } from "../levels.ts";
import { latestNight } from "../sun.ts";
import { breachOf } from "./breach.ts";
import type { DirectoryPond } from "./directory.ts";
import type { LedgerPolicy } from "./ledger-view.ts";

const HOUR_MS = 3_600_000;
const SPARK_STEPS = 48;
const SPARK_STEP_MS = HOUR_MS / 2;
/** Oxygen is lowest an hour or two after sunrise (domain.md §2.3): the night's minimum is looked for until then. */
const DAWN_LAG_MS = 2 * HOUR_MS;
const TREND_SPAN_MS = HOUR_MS / 2;
/** Twice the noise of an optical probe (domain.md §2.5). */
const STEADY_MG_PER_L = 0.1;
/** A motor that runs draws more than its standby electronics. */
const RUNNING_A = 0.5;

const OXYGEN = slotOf("oxygen");

/** What is known of a pond at one moment. */
export type PondInput = {
  pond: DirectoryPond;
  probes: readonly { state: ProbeState; points: readonly ReadingPoint[] }[];
  policy: LedgerPolicy | undefined;
  claims: ClaimSummary[];
  place: Place;
  nowMs: number;
};

/** A pond as a card shows it. */
export function pondSummary({ pond, probes, policy, claims, place, nowMs }: PondInput): PondSummary {
  const { ledgerId: _, probes: __, ...facts } = pond;
  const fresh = probes.filter(({ state }) => state.link === "online");
  const latest = (slot: number) =>
    lowerMedian(fresh.flatMap(({ state }) => numbers([state.latest?.[slot] ?? null])));
  const oxygenMgPerL = latest(OXYGEN);
  const level = oxygenMgPerL === null ? null : levelOf(oxygenMgPerL);
  const covered = policy?.state === "active" ? policy : undefined;
  const newest = Math.max(...probes.map(({ state }) => state.lastTimeMs ?? 0), 0);
  return {
    ...facts,
    mood: level?.mood ?? "stale",
    level: level?.name ?? null,
    oxygenMgPerL,
    temperatureC: latest(slotOf("temperature")),
    trend: trendOf(fresh.map(({ points }) => points)),
    lastTimeMs: newest > 0 ? newest : null,
    ...sparkOf(
      probes.map(({ points }) => points),
      nowMs,
    ),
    night: nightOf(
      probes.map(({ points }) => points),
      { place, nowMs },
    ),
    aerator: aeratorOf(fresh.map(({ state }) => state)),
    probes: { online: fresh.length, total: probes.length },
    breach: covered
      ? breachOf({ terms: covered.terms, series: probes.map(({ points }) => points), nowMs })
      : null,
    policy: policy === undefined ? null : policy.id.toString(),
    claims,
  };
}

/** Ponds that need somebody come first: by mood, then by the least oxygen. */
export function worstFirst(a: PondSummary, b: PondSummary): number {
  const byMood = MOODS.indexOf(a.mood) - MOODS.indexOf(b.mood);
  if (byMood !== 0) return byMood;
  const byOxygen = (a.oxygenMgPerL ?? 0) - (b.oxygenMgPerL ?? 0);
  return byOxygen !== 0 ? byOxygen : a.id.localeCompare(b.id);
}

/**
 * The middle value, the lower of two: of three probes one that fails to a rail neither frightens nor lulls; of two the
 * worse one counts.
 */
export function lowerMedian(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? null;
}

function numbers(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value) => typeof value === "number");
}

function trendOf(series: readonly (readonly ReadingPoint[])[]): Trend | null {
  const changes = series.flatMap((points) => {
    const last = points.at(-1);
    if (last === undefined) return [];
    const earlier = points.findLast(({ timeMs }) => timeMs <= last.timeMs - TREND_SPAN_MS);
    const now = last.values[OXYGEN];
    const then = earlier?.values[OXYGEN];
    return typeof now === "number" && typeof then === "number" ? [now - then] : [];
  });
  const change = lowerMedian(changes);
  if (change === null) return null;
  if (Math.abs(change) <= STEADY_MG_PER_L) return "steady";
  return change > 0 ? "rising" : "falling";
}

function sparkOf(
  series: readonly (readonly ReadingPoint[])[],
  nowMs: number,
): Pick<PondSummary, "spark" | "sparkToMs"> {
  // On the half hour, so that a bucket does not change its readings from one second to the next.
  const sparkToMs = Math.ceil(nowMs / SPARK_STEP_MS) * SPARK_STEP_MS;
  const fromMs = sparkToMs - SPARK_STEPS * SPARK_STEP_MS;
  const minima = series.map((points) => {
    const least: (number | null)[] = Array.from({ length: SPARK_STEPS }, () => null);
    for (const { timeMs, values } of points) {
      const step = Math.floor((timeMs - fromMs) / SPARK_STEP_MS);
      const value = values[OXYGEN];
      if (step < 0 || step >= SPARK_STEPS || typeof value !== "number") continue;
      least[step] = Math.min(least[step] ?? value, value);
    }
    return least;
  });
  const spark = Array.from({ length: SPARK_STEPS }, (_, step) =>
    lowerMedian(numbers(minima.map((least) => least[step]))),
  );
  return { spark, sparkToMs };
}

function nightOf(
  series: readonly (readonly ReadingPoint[])[],
  { place, nowMs }: { place: Place; nowMs: number },
): PondSummary["night"] {
  const { setMs, riseMs } = latestNight(nowMs, place);
  const toMs = riseMs + DAWN_LAG_MS;
  const minima = series.flatMap((points) => {
    let least: { minMgPerL: number; atMs: number } | undefined;
    for (const { timeMs, values } of points) {
      const value = values[OXYGEN];
      if (timeMs < setMs || timeMs > toMs || typeof value !== "number") continue;
      if (least === undefined || value < least.minMgPerL) least = { minMgPerL: value, atMs: timeMs };
    }
    return least === undefined ? [] : [least];
  });
  const minMgPerL = lowerMedian(minima.map((least) => least.minMgPerL));
  const least = minima.find((candidate) => candidate.minMgPerL === minMgPerL);
  return least === undefined ? null : { ...least, over: nowMs > toMs };
}

function aeratorOf(states: readonly ProbeState[]): PondSummary["aerator"] {
  const currents = numbers(states.map(({ latest }) => latest?.[slotOf("current")]));
  if (currents.length === 0) return null;
  const currentA = Math.max(...currents);
  return { currentA, running: currentA >= RUNNING_A };
}
