import { type History, historyBefore, type OxygenSample, STEP_MS, STEPS_PER_DAY } from "./history.ts";
import { changeByNightLaw, changeOver, NIGHTS } from "./night-law.ts";

/** One forecast; four of five such bands are meant to hold what then comes. */
export type Forecast = {
  atMs: number;
  oxygenMgPerL: number;
  lowMgPerL: number;
  highMgPerL: number;
  /** `past-nights`: what is described in `night-law.ts`; `tonight`: the fall of the last three hours, stretched. */
  basis: "past-nights" | "tonight";
  /** Part of the forecast that is simply yesterday's change, 0–1: large where the pond follows a tide, not the sun. */
  yesterdayPart: number;
  /** Past forecasts at these hours, each with what was known then, that say how wide the band is. */
  judgedBy: number;
};

export type Unforeseen = { why: "no-current-reading" } | { why: "too-little-history" };

/** Oldest half hour that still counts as the present. */
const NEWEST_STEPS = 2;
const HISTORY_DAYS = 2 * NIGHTS + 2;
/** Hours that tonight must have shown before its own fall is stretched (Madenjian et al. 1987). */
const TONIGHT_STEPS = 6;
/** Clock times beside the present one that are judged too, in steps: three judgements a night are steadier than one. */
const JUDGED_OFFSETS = [-2, 0, 2];
const JUDGED_MEMORY_NIGHTS = 5;
/** Draws the mixture to the night law while little is known, (mg/L)². */
const LAW_WEIGHT = 0.5;
/** 80 % of a normal distribution lie within this many standard deviations. */
const BAND = 1.28;
/** The narrowest band that is ever claimed: noise of a probe and of half an hour. */
const LEAST_SPREAD_MG_PER_L = 0.1;
/** Spread of a forecast that nothing has judged yet, mg/L an hour of lead. */
const UNJUDGED_SPREAD_PER_H = 0.15;

/**
 * Oxygen at several times ahead, from samples up to now (ascending in time; later ones are not looked at).
 *
 * The night law and yesterday's change of the same hours are mixed by how well each would have done on the nights
 * before. On the first night, tonight's own fall is stretched.
 */
export function forecastOxygen({
  samples,
  nowMs,
  leadSteps,
}: {
  samples: readonly OxygenSample[];
  nowMs: number;
  /** In half hours from the newest reading's half hour, each from 1 to 47. */
  leadSteps: readonly number[];
}): Forecast[] | Unforeseen {
  const history = historyBefore(samples, { nowMs, days: HISTORY_DAYS });
  const newest = history.oxygenMgPerL.findIndex((value) => Number.isFinite(value));
  if (newest < 0 || newest >= NEWEST_STEPS) return { why: "no-current-reading" };
  const forecasts: Forecast[] = [];
  for (const lead of leadSteps) {
    const atMs = nowMs + (lead - newest) * STEP_MS;
    const forecast = fromPastNights(history, newest, lead) ?? fromTonight(history, newest, lead);
    if (forecast === undefined) return { why: "too-little-history" };
    forecasts.push(banded({ ...forecast, atMs }));
  }
  return forecasts;
}

type Bare = Pick<Forecast, "basis" | "yesterdayPart" | "judgedBy" | "oxygenMgPerL"> & { spread: number };

function fromPastNights(history: History, newest: number, lead: number): Bare | undefined {
  const present = history.oxygenMgPerL[newest]!;
  const law = changeByNightLaw(history, newest, lead);
  if (!Number.isFinite(law)) return undefined;
  const yesterday = changeOver(history, newest + STEPS_PER_DAY, lead);
  const judged = pastForecasts(history, newest, lead);
  let gained = 0;
  let differed = LAW_WEIGHT;
  for (const past of judged) {
    gained += past.weight * (past.truth - past.law) * (past.yesterday - past.law);
    differed += past.weight * (past.yesterday - past.law) ** 2;
  }
  const part = Number.isFinite(yesterday) ? Math.min(1, Math.max(0, gained / differed)) : 0;
  let weights = 0;
  let squares = 0;
  for (const past of judged) {
    weights += past.weight;
    squares += past.weight * (past.truth - past.law - part * (past.yesterday - past.law)) ** 2;
  }
  return {
    basis: "past-nights",
    oxygenMgPerL: present + law + (part > 0 ? part * (yesterday - law) : 0),
    yesterdayPart: part,
    judgedBy: judged.length,
    spread: weights > 0 ? Math.sqrt(squares / weights) : unjudgedSpread(lead),
  };
}

/** What the law and yesterday would have said on past nights around this hour, and what came. */
function pastForecasts(history: History, newest: number, lead: number) {
  const judged: { law: number; yesterday: number; truth: number; weight: number }[] = [];
  for (let night = 1; night <= NIGHTS; night++) {
    for (const offset of JUDGED_OFFSETS) {
      const at = newest + night * STEPS_PER_DAY + offset;
      if (at - lead < newest) continue;
      const law = changeByNightLaw(history, at, lead);
      const yesterday = changeOver(history, at + STEPS_PER_DAY, lead);
      const truth = changeOver(history, at, lead);
      if (!Number.isFinite(law + yesterday + truth)) continue;
      judged.push({ law, yesterday, truth, weight: Math.exp((1 - night) / JUDGED_MEMORY_NIGHTS) });
    }
  }
  return judged;
}

function fromTonight({ oxygenMgPerL }: History, newest: number, lead: number): Bare | undefined {
  const present = oxygenMgPerL[newest]!;
  const before = oxygenMgPerL[newest + TONIGHT_STEPS]!;
  if (!Number.isFinite(before)) return undefined;
  return {
    basis: "tonight",
    oxygenMgPerL: present + ((present - before) * lead) / TONIGHT_STEPS,
    yesterdayPart: 0,
    judgedBy: 0,
    spread: unjudgedSpread(lead),
  };
}

function unjudgedSpread(lead: number): number {
  return UNJUDGED_SPREAD_PER_H * (lead / 2) + LEAST_SPREAD_MG_PER_L;
}

function banded({ spread, ...forecast }: Bare & { atMs: number }): Forecast {
  const half = BAND * Math.max(spread, LEAST_SPREAD_MG_PER_L);
  const oxygenMgPerL = Math.max(0, forecast.oxygenMgPerL);
  return {
    ...forecast,
    oxygenMgPerL,
    lowMgPerL: Math.max(0, oxygenMgPerL - half),
    highMgPerL: oxygenMgPerL + half,
  };
}
