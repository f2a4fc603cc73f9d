import type { ObservedRun } from "../../demo/observed/observed-run.ts";
import { ATTRIBUTES, FACTS } from "../../protocol/flows.ts";
import type { ObservedSpan } from "../../telemetry/observed-span.ts";
import { journeyOf, paidReadings } from "./journey.ts";
import type { Model } from "./model.ts";
import { type Observation, type ObservedStep, rowsOf, stepOf } from "./observation.ts";

/** Facts that are another one in every run, and tell a reader nothing. */
const RANDOM_FACTS = new Set(["device", "transaction"]);

/**
 * What the spans of a run say, as it is kept beside the model.
 * @throws RangeError when a span is not in the table, or no reading led to a payment
 */
export function recordOf(
  { scenario, seed, spans }: Pick<ObservedRun, "scenario" | "seed" | "spans">,
  model: Model,
): Observation {
  const paid = paidReadings(spans);
  const reading = paid[Math.floor(paid.length / 2)];
  if (reading === undefined) throw new RangeError("no reading led to a payment");
  const journey = journeyOf(spans, reading).spans;
  return {
    scenario,
    seed,
    spans: spans.length,
    rows: rowsOf(spans, model),
    transaction: timed(lastProof(journey)),
    journey: timed(journey),
  };
}

/** The spans of the last transaction that proved the claim. */
function lastProof(journey: readonly ObservedSpan[]): ObservedSpan[] {
  const hash = journey.findLast(
    ({ name, attributes }) => name === "prove-claim" && attributes[FACTS.transaction] !== undefined,
  )!.attributes[FACTS.transaction];
  return journey
    .filter(({ attributes }) => attributes[FACTS.transaction] === hash)
    .toSorted((a, b) => stageOf(a).localeCompare(stageOf(b)));
}

function stageOf({ attributes }: ObservedSpan): string {
  return String(attributes[ATTRIBUTES.stage]);
}

/** Times from the first span on, to a tenth of a millisecond, for nobody's clock is better. */
function timed(spans: readonly ObservedSpan[]): ObservedStep[] {
  const fromMs = Math.min(...spans.map(({ startMs }) => startMs));
  const round = (ms: number) => Math.round(10 * (ms - fromMs)) / 10;
  return spans.map(stepOf).map((step) => ({
    ...step,
    sinceMs: round(step.sinceMs),
    untilMs: round(step.untilMs),
    facts: Object.fromEntries(Object.entries(step.facts).filter(([name]) => !RANDOM_FACTS.has(name))),
  }));
}
