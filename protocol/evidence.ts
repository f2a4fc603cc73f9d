import { concatBytes, equalBytes, fromHex, toHex } from "./bytes.ts";
import { type DirectoryProof, verifyDirectory } from "./directory.ts";
import { isPondproofError, PondproofError } from "./errors.ts";
import { aggregateOf, HOLE_REASONS, type HoleReason, holeLeaf, readingLeaf, type TreeNode } from "./node.ts";
import { FRAME_BYTES, recordDevice, recordPrev, recordProblem, recordSeq } from "./record.ts";
import { chainHash, deviceId, splitFrame } from "./signature.ts";
import { buildNode, occupancy } from "./tree.ts";
import { type FrontierNode, frontierNodes, verifyWindow, type Window, type WindowResult } from "./window.ts";

/** One position of a stream, with what stands there. */
export type Position = { kind: "reading"; frame: Uint8Array } | { kind: "hole"; reason: HoleReason };

/**
 * All that somebody needs who wants to check a window of one probe without trusting anybody: the window proof, and
 * whatever hangs below its nodes from the reading before the window to the reading after it.
 */
export type Evidence = Window & {
  streamId: Uint8Array;
  publicKey: Uint8Array;
  batch: number;
  size: number;
  root: Uint8Array;
  directory: DirectoryProof;
  walk: Uint8Array;
  /** Sequence number of the first position, and the positions from there on without a gap. */
  firstSeq: number;
  positions: Position[];
};

/** The steps of the check, in order; each rests on those before it. */
export const EVIDENCE_STEPS = ["ledger", "window", "tree", "signatures", "chain"] as const;
export type EvidenceStep = (typeof EVIDENCE_STEPS)[number];

/** How a step ended: what was counted, or what is wrong and where. */
export type StepResult =
  | { step: EvidenceStep; ok: true; checked: number }
  | { step: EvidenceStep; ok: false; problem: string; seq?: number };

export type EvidenceReport = { steps: StepResult[]; ok: boolean; window: WindowResult | undefined };

/** What the caller brings: the ledger's word on a batch, the stream's id on this ledger, and a signature check. */
export type EvidenceChecks = {
  /** Directory root and stream count of a batch, read from the ledger by the caller himself. */
  anchoredBatch(number: number): Promise<{ directoryRoot: Uint8Array; streamCount: number } | undefined>;
  /** The stream id that this public key has on this ledger. */
  streamIdOf(publicKey: Uint8Array): Uint8Array;
  verifySignature(
    record: Uint8Array,
    signature: Uint8Array,
    publicKey: Uint8Array,
  ): Promise<boolean> | boolean;
  /** Called when a step begins and as it goes on, for a progress display. */
  onProgress?(progress: { step: EvidenceStep; done: number; of: number }): void;
};

/** Checks evidence step by step and stops at the first step that fails. */
export async function checkEvidence(evidence: Evidence, checks: EvidenceChecks): Promise<EvidenceReport> {
  const steps: StepResult[] = [];
  let window: WindowResult | undefined;
  const run: Record<EvidenceStep, () => Promise<StepResult> | StepResult> = {
    ledger: () => checkLedger(evidence, checks),
    window: () => {
      window = verifyWindow(evidence);
      return { step: "window", ok: true, checked: window.count };
    },
    tree: () => checkTree(evidence),
    signatures: () => checkSignatures(evidence, checks),
    chain: () => checkChain(evidence),
  };
  for (const step of EVIDENCE_STEPS) {
    checks.onProgress?.({ step, done: 0, of: 1 });
    const result = await attempt(step, run[step]);
    steps.push(result);
    if (!result.ok) return { steps, ok: false, window: undefined };
  }
  return { steps, ok: true, window };
}

/**
 * Positions whose raw data belongs to a walk that shows the reading before its window: from that reading to the
 * window's end, both inclusive.
 * @throws MALFORMED_PROOF
 */
export function evidenceRange(proof: Window & { size: number; walk: Uint8Array }): {
  from: number;
  to: number;
} {
  const nodes = framedNodes(proof);
  const last = nodes.at(-1)!;
  return {
    from: nodes[0]!.index,
    to: last.index * 2 ** last.level + occupancy(proof.size, last.level, last.index) - 1,
  };
}

/** Evidence as JSON: bytes in hex, frames joined. */
export type EvidenceJson = ReturnType<typeof encodeEvidence>;

export function encodeEvidence(evidence: Evidence) {
  const { positions, directory } = evidence;
  const frames = positions.flatMap((position) => (position.kind === "reading" ? [position.frame] : []));
  return {
    streamId: toHex(evidence.streamId),
    publicKey: toHex(evidence.publicKey),
    fromMs: evidence.fromMs,
    toMs: evidence.toMs,
    batch: evidence.batch,
    size: evidence.size,
    root: toHex(evidence.root),
    directory: { index: directory.index, siblings: directory.siblings.map(toHex) },
    walk: toHex(evidence.walk),
    firstSeq: evidence.firstSeq,
    holes: positions.flatMap((position, i) =>
      position.kind === "hole" ? [[evidence.firstSeq + i, position.reason] as const] : [],
    ),
    frames: toHex(concatBytes(...frames)),
  };
}

/**
 * Evidence out of JSON that somebody else made.
 * @throws MALFORMED_MESSAGE
 */
export function decodeEvidence(json: unknown): Evidence {
  try {
    return decode(json as EvidenceJson);
  } catch (cause) {
    throw new PondproofError("MALFORMED_MESSAGE", { message: "evidence" }, { cause });
  }
}

function decode(json: EvidenceJson): Evidence {
  const numbers = [json.fromMs, json.toMs, json.batch, json.size, json.firstSeq, json.directory.index];
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new TypeError("not a count");
  const frames = fromHex(json.frames);
  if (frames.length % FRAME_BYTES !== 0) throw new TypeError("frames are cut");
  const holes = new Map(
    json.holes.map(([seq, reason]) => [seq, Object.values(HOLE_REASONS).find((known) => known === reason)]),
  );
  const count = frames.length / FRAME_BYTES + holes.size;
  let framesSeen = 0;
  const positions = Array.from({ length: count }, (_, i): Position => {
    const seq = json.firstSeq + i;
    if (!holes.has(seq)) {
      const at = FRAME_BYTES * framesSeen++;
      return { kind: "reading", frame: frames.subarray(at, at + FRAME_BYTES) };
    }
    const reason = holes.get(seq);
    if (reason === undefined) throw new TypeError("unknown reason of a hole");
    return { kind: "hole", reason };
  });
  if (framesSeen * FRAME_BYTES !== frames.length) throw new TypeError("a hole outside the positions");
  return {
    streamId: fromHex(json.streamId, 32),
    publicKey: fromHex(json.publicKey, 64),
    fromMs: json.fromMs,
    toMs: json.toMs,
    batch: json.batch,
    size: json.size,
    root: fromHex(json.root, 32),
    directory: {
      index: json.directory.index,
      siblings: json.directory.siblings.map((sibling) => fromHex(sibling, 32)),
    },
    walk: fromHex(json.walk),
    firstSeq: json.firstSeq,
    positions,
  };
}

async function attempt(
  step: EvidenceStep,
  check: () => Promise<StepResult> | StepResult,
): Promise<StepResult> {
  try {
    return await check();
  } catch (error) {
    if (isPondproofError(error))
      return { step, ok: false, problem: String(error.facts.problem ?? error.message) };
    throw error;
  }
}

async function checkLedger(
  evidence: Evidence,
  { anchoredBatch, streamIdOf }: EvidenceChecks,
): Promise<StepResult> {
  const fail = (problem: string): StepResult => ({ step: "ledger", ok: false, problem });
  if (!equalBytes(streamIdOf(evidence.publicKey), evidence.streamId))
    return fail("the key does not belong to this stream");
  const anchored = await anchoredBatch(evidence.batch);
  if (anchored === undefined) return fail(`batch ${evidence.batch} is not on the ledger`);
  const { streamId, size, root, directory: proof } = evidence;
  const { streamCount, directoryRoot } = anchored;
  const opens = verifyDirectory({ entry: { streamId, size, root }, proof, streamCount, root: directoryRoot });
  return opens
    ? { step: "ledger", ok: true, checked: 1 }
    : fail("the stream's root is not what the ledger holds");
}

/** Builds every node of the window again from the frames, and compares it with the proof's. */
function checkTree(evidence: Evidence): StepResult {
  const { streamId, size, positions, firstSeq } = evidence;
  const leaf = (seq: number): TreeNode => {
    const position = positions[seq - firstSeq];
    if (position === undefined)
      throw new PondproofError("MALFORMED_PROOF", { problem: "raw data is missing", seq });
    return position.kind === "reading"
      ? readingLeaf(streamId, seq, position.frame)
      : holeLeaf(streamId, seq, position.reason);
  };
  for (const { level, index, body } of framedNodes(evidence)) {
    if (!equalBytes(buildNode({ streamId, size, level, index, leaf }).body, body)) {
      return {
        step: "tree",
        ok: false,
        problem: "the raw readings do not give the anchored tree",
        seq: index * 2 ** level,
      };
    }
  }
  const { from, to } = evidenceRange(evidence);
  const complete = from === firstSeq && positions.length === to - from + 1;
  return complete
    ? { step: "tree", ok: true, checked: positions.length }
    : { step: "tree", ok: false, problem: "more or less raw data than the window holds" };
}

async function checkSignatures(
  evidence: Evidence,
  { verifySignature, onProgress }: EvidenceChecks,
): Promise<StepResult> {
  const { positions, firstSeq, publicKey } = evidence;
  const device = deviceId(publicKey);
  let checked = 0;
  for (const [i, position] of positions.entries()) {
    if (position.kind === "hole") continue;
    const { record, signature } = splitFrame(position.frame);
    const seq = firstSeq + i;
    const problem = recordProblem(record);
    if (problem !== undefined) return { step: "signatures", ok: false, problem, seq };
    if (!equalBytes(recordDevice(record), device) || recordSeq(record) !== seq) {
      return { step: "signatures", ok: false, problem: "a record of another probe or number", seq };
    }
    if (!(await verifySignature(record, signature, publicKey))) {
      return { step: "signatures", ok: false, problem: "the probe did not sign this", seq };
    }
    checked++;
    onProgress?.({ step: "signatures", done: i + 1, of: positions.length });
  }
  return { step: "signatures", ok: true, checked };
}

function checkChain({ positions, firstSeq }: Evidence): StepResult {
  let checked = 0;
  for (const [i, position] of positions.entries()) {
    const previous = positions[i - 1];
    if (position.kind === "hole" || previous?.kind !== "reading") continue;
    const { record } = splitFrame(previous.frame);
    if (!equalBytes(recordPrev(position.frame), chainHash(record))) {
      return {
        step: "chain",
        ok: false,
        problem: "a record does not continue the one before it",
        seq: firstSeq + i,
      };
    }
    checked++;
  }
  return { step: "chain", ok: true, checked };
}

/** The nodes of a walk whose raw data belongs to the evidence: from the reading before the window to its end. */
function framedNodes(proof: Window & { size: number; walk: Uint8Array }): FrontierNode[] {
  const nodes = frontierNodes(proof);
  const aggregates = nodes.map(({ body }) => aggregateOf(body));
  const before = aggregates.findLastIndex(({ count, lastMs }) => count > 0 && lastMs < proof.fromMs);
  const after = aggregates.findIndex(({ count, firstMs }) => count > 0 && firstMs > proof.toMs);
  if (nodes[before]?.level !== 0) {
    throw new PondproofError("MALFORMED_PROOF", { problem: "the reading before the window is not shown" });
  }
  return nodes.slice(before, after < 0 ? undefined : after);
}
