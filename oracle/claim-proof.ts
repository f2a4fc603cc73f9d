import type { BatchProof, ShownProbe } from "../ledger/claims.ts";
import { fromHex } from "../protocol/bytes.ts";
import { evaluate, type ProbeEvidence } from "../protocol/evaluate.ts";
import { recordFlags, recordTimeMs, recordValues } from "../protocol/record.ts";
import type { Window } from "../protocol/window.ts";
import type { CoveredPolicy, FoundBreach } from "./policy-watch.ts";
import type { Proof, Prover } from "./proofs.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream-store.ts";

/** Everything that the claim contract wants to see of a window, and the rate that it will give. */
export type ClaimProof = Window & { peril: number; payoutBps: number; shown: ShownProbe[] };

/** What a proof is made from. `usable` says whether the ledger still takes a stream from a batch. */
export type ProofSources = {
  store: Store;
  prover: Prover;
  usable(streamId: Uint8Array, batch: number): Promise<boolean>;
};

type Found = FoundBreach & { policy: CoveredPolicy };

/**
 * The proof of a breach, of all probes from the earliest batch that holds it, judged as the contract will judge it.
 * Where that batch was anchored too late, the proof of the longest tier whose window was anchored in time, or with
 * `evenLate`, where there is none, the late one: it goes to the arbiter. Where the batch is void by now, the proof from
 * the newest, beside the one that shows when the window was anchored. `undefined` while a batch is missing on the
 * ledger, or where the contract would refuse.
 */
export async function assembleClaim(
  found: Found,
  { evenLate, ...sources }: ProofSources & { evenLate: boolean },
): Promise<ClaimProof | undefined> {
  for (const breach of [found.breach, ...shorterWindows(found, sources.store)]) {
    const batch = firstHolding({ ...found, breach }, sources.store);
    if (batch === undefined) return undefined;
    const latestMs = breach.toMs + found.policy.terms.anchorWithinSeconds * 1000;
    if (batch.anchoredAtS * 1000 <= latestMs)
      return proofFrom({ ...found, breach }, { ...sources, first: batch.number });
  }
  const late = evenLate ? firstHolding(found, sources.store) : undefined;
  return late && proofFrom(found, { ...sources, first: late.number });
}

/** The first batch that holds the reading behind the window of every probe; `undefined` until it is anchored. */
function firstHolding(
  { policy, breach }: Found,
  store: Store,
): { number: number; anchoredAtS: number } | undefined {
  const numbers = breach.probes.map((probe, i) =>
    store.batches.holding(streamOf(policy.terms.probes[probe]!, store).device, breach.after[i]!),
  );
  if (numbers.includes(undefined)) return undefined;
  const batch = store.batches.find(Math.max(...(numbers as number[])));
  return batch?.state === "anchored" ? batch : undefined;
}

/** For each lower tier, highest first, the window that just lasts long enough at every probe. */
function* shorterWindows({ policy, peril, breach }: Found, store: Store): Generator<FoundBreach["breach"]> {
  const { terms } = policy;
  const tiers = terms.perils[peril]!.tiers.filter(({ payoutBps }) => payoutBps < breach.payoutBps);
  const streams = breach.probes.map((probe) => streamOf(terms.probes[probe]!, store));
  const times = streams.map(({ device }, i) => timesOf(device, breach.after[i]!));
  for (const { minDurationMs, payoutBps } of tiers.toReversed()) {
    const ends = times.map((of) => of.find(({ timeMs }) => timeMs - of[0]!.timeMs >= minDurationMs)?.timeMs);
    const toMs = Math.max(...ends.map((end) => end ?? Number.POSITIVE_INFINITY));
    const after = times.map((of) => of.find(({ timeMs }) => timeMs > toMs)?.seq);
    if (after.includes(undefined)) continue;
    yield { ...breach, toMs, payoutBps, after: after as number[] };
  }

  function timesOf(device: number, after: number): { seq: number; timeMs: number }[] {
    const stream = streams.find((it) => it.device === device)!;
    const from = store.streams.firstAt(stream, breach.fromMs);
    return store.streams
      .positions(device, { from, to: after })
      .flatMap((position, i) =>
        position.kind === "reading" ? [{ seq: from + i, timeMs: recordTimeMs(position.frame) }] : [],
      );
  }
}

async function proofFrom(
  { policy, peril, breach }: Found,
  { store, prover, usable, first }: ProofSources & { first: number },
): Promise<ClaimProof | undefined> {
  const { terms, coverFromS } = policy;
  const { fromMs, toMs } = breach;
  const streams = breach.probes.map((probe) => streamOf(terms.probes[probe]!, store));
  const good = await Promise.all(streams.map(({ streamId }) => usable(streamId, first)));
  const batch = good.every(Boolean) ? first : store.batches.lastAnchored();
  const shown: ShownProbe[] = [];
  const evidence: ProbeEvidence[] = [];
  for (const [i, probe] of breach.probes.entries()) {
    const stream = streams[i]!;
    const begins = probe === breach.begun;
    const window = prover.prove({ stream, batch, fromMs, toMs, showBefore: begins });
    const earlier =
      batch === first ? undefined : prover.prove({ stream, batch: first, fromMs, toMs, showBefore: false });
    const before = begins ? frameAt(stream.device, window.result.before.index) : undefined;
    shown.push({ probe, window: batchProof(window), earlier: earlier && batchProof(earlier), before });
    evidence.push({
      ...window.result,
      before: before && {
        timeMs: window.result.before.lastMs,
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

  function frameAt(device: number, seq: number): Uint8Array | undefined {
    const position = store.streams.positions(device, { from: seq, to: seq })[0];
    return position?.kind === "reading" ? position.frame : undefined;
  }
}

function streamOf(streamId: string, store: Store): Stream {
  return store.streams.find(fromHex(streamId, 32))!;
}

function batchProof({ batch, size, directory, walk }: Proof): BatchProof {
  return { batch, size, directory, walk };
}
