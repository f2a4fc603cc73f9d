import { readUint } from "../../protocol/bytes.ts";
import { evaluate, type ProbeEvidence } from "../../protocol/evaluate.ts";
import { readingLeaf } from "../../protocol/node.ts";
import {
  encodeRecord,
  FLAG,
  FRAME_BYTES,
  recordFlags,
  recordTimeMs,
  recordValues,
} from "../../protocol/record.ts";
import type { Peril } from "../../protocol/terms.ts";
import { createNodeMemory, createStreamTree } from "../../protocol/tree.ts";
import { proveWindow, verifyWindow, type WindowResult } from "../../protocol/window.ts";
import { type BreachRules, findBreaches, type ProbeSeries } from "../breach.ts";

/** One row of a recording: eight slots in physical units. */
export type RecordedRow = { timeMs: number; values: readonly (number | null)[] };

/** An occurrence that the contract would have paid, of a recording in which one probe speaks. */
export type PaidEvent = { peril: number; fromMs: number; toMs: number; tier: number; payoutBps: number };

const STREAM_ID = new Uint8Array(32);
const NOBODY = new Uint8Array(8);
const NO_HASH = new Uint8Array(32);

/**
 * What a product's perils would have paid over a recording.
 *
 * The rows become records and leaves of a stream's tree; every breach is proven from it as for the ledger, and judged by
 * the evaluator that agrees with the contract. Signatures are left out, because nobody made any.
 */
export function replayPerils(rows: readonly RecordedRow[], perils: readonly Peril[]): PaidEvent[] {
  const records = rows.map(({ timeMs, values }, seq) =>
    encodeRecord({
      flags: FLAG.simulated,
      device: NOBODY,
      beacon: 0,
      seq,
      timeMs,
      calibration: 0,
      values,
      prev: NO_HASH,
    }),
  );
  const tree = createStreamTree({ streamId: STREAM_ID, store: createNodeMemory() });
  for (const [seq, record] of records.entries()) {
    const frame = new Uint8Array(FRAME_BYTES);
    frame.set(record);
    tree.append(readingLeaf(STREAM_ID, seq, frame));
  }
  const root = tree.root().digest;
  return perils.flatMap((peril, number) => {
    const rules = rulesOf(peril, rows);
    const breaches = findBreaches([seriesOf(records, peril)], rules);
    const events = breaches.flatMap(({ fromMs, toMs }): PaidEvent[] => {
      const walk = proveWindow(tree, { fromMs, toMs, showBefore: true });
      const result = verifyWindow({ streamId: STREAM_ID, size: tree.size, root, fromMs, toMs, walk });
      const evaluation = evaluate({
        peril,
        minSensors: 1,
        allowedFlags: rules.allowedFlags,
        coverFromMs: rules.coverFromMs,
        probes: [evidenceOf(result, records)],
      });
      return evaluation.met
        ? [{ peril: number, fromMs, toMs, tier: evaluation.tier, payoutBps: evaluation.payoutBps }]
        : [];
    });
    return occurrences(events, peril.separationSeconds * 1000);
  });
}

/** Windows closer than the separation are one event, which pays by its best window (insurance.md). */
function occurrences(events: readonly PaidEvent[], separationMs: number): PaidEvent[] {
  const merged: PaidEvent[] = [];
  for (const event of events.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last === undefined || event.fromMs - last.toMs >= separationMs) merged.push({ ...event });
    else {
      last.toMs = Math.max(last.toMs, event.toMs);
      if (event.payoutBps > last.payoutBps)
        Object.assign(last, { tier: event.tier, payoutBps: event.payoutBps });
    }
  }
  return merged;
}

/** The cover is the whole recording: what a season would have held is asked later. */
function rulesOf(peril: Peril, rows: readonly RecordedRow[]): BreachRules {
  return {
    peril,
    minSensors: 1,
    allowedFlags: FLAG.simulated,
    coverFromMs: rows[0]?.timeMs ?? 0,
    endsAtMs: (rows.at(-1)?.timeMs ?? 0) + 1,
  };
}

function seriesOf(records: readonly Uint8Array[], peril: Peril): ProbeSeries {
  const slot = (record: Uint8Array, metric: number) => readUint(recordValues(record), 4 * metric, 4);
  return {
    timesMs: records.map(recordTimeMs),
    values: records.map((record) => slot(record, peril.metric)),
    seconds: records.map((record) => slot(record, peril.second.metric)),
    flags: records.map(recordFlags),
    holes: records.map(() => 0),
    servesFromMs: 0,
    servesToMs: Number.MAX_SAFE_INTEGER,
  };
}

function evidenceOf(result: WindowResult, records: readonly Uint8Array[]): ProbeEvidence {
  const before = records[result.before.index]!;
  return {
    ...result,
    before: { timeMs: recordTimeMs(before), flags: recordFlags(before), values: recordValues(before) },
  };
}
