import type { ShownProbe } from "../ledger/claims.ts";
import { fromHex } from "../protocol/bytes.ts";
import { evaluate, type ProbeEvidence } from "../protocol/evaluate.ts";
import { recordFlags, recordValues } from "../protocol/record.ts";
import type { Window } from "../protocol/window.ts";
import type { CoveredPolicy, FoundBreach } from "./policy-watch.ts";
import type { Prover } from "./proofs.ts";
import type { Store } from "./store.ts";

/** Everything that the claim contract wants to see of a window, and the rate that it will give. */
export type ClaimProof = Window & { peril: number; payoutBps: number; shown: ShownProbe[] };

/**
 * The proof of a breach, each probe's from the earliest batch that holds it, judged as the contract will judge it;
 * `undefined` while a batch is missing on the ledger, or where the contract would refuse.
 */
export function assembleClaim({
  policy,
  peril,
  breach,
  store,
  prover,
}: FoundBreach & { policy: CoveredPolicy; store: Store; prover: Prover }): ClaimProof | undefined {
  const { terms, coverFromS } = policy;
  const { fromMs, toMs } = breach;
  const shown: ShownProbe[] = [];
  const evidence: ProbeEvidence[] = [];
  for (const [i, probe] of breach.probes.entries()) {
    const stream = store.streams.find(fromHex(terms.probes[probe]!, 32))!;
    const batch = anchoredInTime(stream.device, breach.after[i]!);
    if (batch === undefined) return undefined;
    const begins = probe === breach.begun;
    const { size, directory, walk, result } = prover.prove({
      stream,
      batch,
      fromMs,
      toMs,
      showBefore: begins,
    });
    const before = begins ? frameAt(stream.device, result.before.index) : undefined;
    shown.push({ probe, batch, size, directory, walk, before });
    evidence.push({
      ...result,
      before: before && {
        timeMs: result.before.lastMs,
        flags: recordFlags(before),
        values: recordValues(before),
      },
    });
  }
  const { minSensors, allowedFlags, perils } = terms;
  const evaluation = evaluate({
    peril: perils[peril]!,
    minSensors,
    allowedFlags,
    coverFromMs: coverFromS * 1000,
    probes: evidence,
  });
  return evaluation.met ? { fromMs, toMs, peril, payoutBps: evaluation.payoutBps, shown } : undefined;

  function anchoredInTime(device: number, after: number): number | undefined {
    const number = store.batches.holding(device, after);
    const batch = number === undefined ? undefined : store.batches.find(number);
    if (batch?.state !== "anchored") return undefined;
    return batch.anchoredAtS * 1000 <= toMs + terms.anchorWithinSeconds * 1000 ? batch.number : undefined;
  }

  function frameAt(device: number, seq: number): Uint8Array | undefined {
    const position = store.streams.positions(device, { from: seq, to: seq })[0];
    return position?.kind === "reading" ? position.frame : undefined;
  }
}
