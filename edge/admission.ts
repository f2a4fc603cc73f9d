import { setImmediate as nextTurn } from "node:timers/promises";
import type { ClockState } from "../protocol/admission.ts";
import { equalBytes } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { FRAME_BYTES, recordDevice, recordSeq } from "../protocol/record.ts";
import { signedBytes, splitFrame } from "../protocol/signature.ts";
import { isTracing, spanTimeMs } from "../telemetry/passages.ts";
import type { ClockTrustSource } from "./clock-trust.ts";
import { type Commit, createDrafting, type DraftingStats } from "./drafting.ts";
import { createHeldAges } from "./held-ages.ts";
import { createJudge, type WaitingLimits } from "./judge.ts";
import type { Log } from "./log.ts";
import { createBatchQueue, type Pause } from "./queue.ts";
import { passCommitted } from "./reading-passages.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream.ts";
import { verifySignature } from "./verify.ts";

/** Frames that one message may carry (edge.md, "Topics"). */
const MAX_FRAMES_PER_MESSAGE = 64;
/** Holes made in one transaction: some ten milliseconds. */
const HOLES_PER_TRANSACTION = 2_000;

/** When a batch closes: `windowMs` after its first frame, or at `maxFrames`; `maxWaiting` frames may queue for it. */
export type BatchOptions = { maxFrames: number; windowMs: number; maxWaiting: number };

export type AdmissionStats = DraftingStats & {
  frames: number;
  batches: number;
  /** Frames from a device that is not paired: there is no stream to count them in. */
  unpairedFrames: number;
  /** Frames that could not be made durable. */
  notStored: number;
  waiting: number;
};

/** Frames in, verdicts out; what `onCommit` sees is on disk. */
export type Admission = {
  /** Takes what a device has published; resolves when there is room for more. */
  submit(device: string, payload: Uint8Array): Promise<void>;
  /** Takes a device's word that it has lost a range of positions, both ends inclusive. */
  noteLost(device: string, range: { fromSeq: number; toSeq: number }): void;
  /** Works until the queue is closed and empty. */
  run(): Promise<void>;
  /** Makes holes of the gaps that are older than the holding time. */
  closeGaps(): Promise<void>;
  close(): void;
  stats(): AdmissionStats;
};

type Item = {
  device: string;
  /** `undefined` for a payload of an impossible length. */
  frame: Uint8Array | undefined;
  signatureIsValid: Promise<boolean>;
  receivedAtMs: number;
  /** The same moment as traces have it; 0 where nothing is traced. */
  arrivedMs: number;
  clock: ClockState;
  clockRow: number;
};

export type AdmissionOptions = {
  store: Store;
  /** Where every stream stands, by device; admission replaces entries, and only after a commit. */
  streams: Map<string, Stream>;
  clock: Clock;
  clockTrust: ClockTrustSource;
  earliestMs: number;
  holdingMs: number;
  batch: BatchOptions;
  limits: WaitingLimits;
  pause: Pause;
  onCommit: (commit: Commit) => void;
  /** These frames could not be made durable; the streams stand where they stood. */
  onNotStored: (frames: { stream: Stream; seqs: number[] }[]) => void;
  /** Milliseconds that only ever grow. */
  steadyNow: () => number;
  log: Log;
};

/**
 * Gathers frames over a short window, has their signatures checked in the thread pool meanwhile, judges them in order
 * of arrival, and commits a batch in one transaction.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  const { store, streams, clock, clockTrust, earliestMs, holdingMs, batch, limits, pause, log } = options;
  const { onCommit, onNotStored, steadyNow } = options;
  const queue = createBatchQueue<Item>({
    maxBatch: batch.maxFrames,
    windowMs: batch.windowMs,
    capacity: batch.maxWaiting,
    pause,
  });
  const judge = createJudge({ store, limits });
  const heldAges = createHeldAges({ steadyNow });
  for (const { id, row, held } of streams.values()) {
    // What was held before a restart counts from now: the gateway was not there to hear the rest.
    if (held > 0) for (const seq of store.waiting.heldSeqs(row)) heldAges.note(id, seq);
  }
  const stats = { frames: 0, batches: 0, unpairedFrames: 0, notStored: 0 };
  const drafting = createDrafting({ store, streams, log });
  const { transact } = drafting;

  const judgeBatch = (items: Item[], valid: boolean[]) =>
    transact((draft) =>
      items.flatMap((item, i) => {
        const stream = draft(item.device);
        if (stream === undefined) return [];
        if (item.frame === undefined) return judge.refusePayload(stream);
        return judge.judge(stream, { ...item, frame: item.frame, signatureIsValid: valid[i]! });
      }),
    );

  /** True when frames have been held for the holding time, in which the gateway itself was there to hear the rest. */
  const gapIsDue = (stream: Stream | undefined): boolean =>
    stream !== undefined && stream.held > 0 && heldAges.oldestMs(stream.id, stream.nextSeq) >= holdingMs;

  const refuse = (items: Item[]) => {
    const byDevice = Map.groupBy(items, ({ device }) => device);
    const frames = [...byDevice].flatMap(([device, theirs]) => {
      const stream = streams.get(device);
      const seqs = theirs.flatMap(({ frame }) => (frame === undefined ? [] : recordSeq(frame)));
      return stream === undefined ? [] : [{ stream, seqs }];
    });
    stats.notStored += items.length;
    onNotStored(frames);
  };

  return {
    async submit(device, payload) {
      const stream = streams.get(device);
      const frames = splitPayload(payload);
      stats.frames += frames?.length ?? 1;
      if (stream === undefined) {
        stats.unpairedFrames += frames?.length ?? 1;
        return;
      }
      const trust = clockTrust();
      const receivedAtMs = clock.now();
      const arrival = {
        device,
        receivedAtMs,
        arrivedMs: isTracing() ? spanTimeMs() : 0,
        clock: { nowMs: receivedAtMs, trusted: trust.trusted, earliestMs },
        clockRow: store.clocks.rowOf({ trust, earliestMs }),
      };
      await queue.put(
        (frames ?? [undefined]).map((frame) => ({
          ...arrival,
          frame,
          signatureIsValid: checkSignature(stream, frame),
        })),
      );
    },
    noteLost(device, range) {
      // Not announced: an acknowledgement would name the range again, and be answered by another report.
      transact((draft) => {
        const stream = draft(device);
        if (stream !== undefined) judge.noteLost(stream, range);
        return [];
      });
    },
    async run() {
      for (let items = await queue.take(); items.length > 0; items = await queue.take()) {
        const valid = await Promise.all(items.map(({ signatureIsValid }) => signatureIsValid));
        const takenMs = spanTimeMs();
        const commit = judgeBatch(items, valid);
        if (commit === undefined) {
          refuse(items);
          continue;
        }
        stats.batches++;
        for (const { device, seq, verdict } of commit.outcomes)
          if (verdict === "ahead" && seq !== undefined) heldAges.note(device, seq);
        if (isTracing()) passCommitted(commit, { items: items.map(tracedOf), takenMs });
        onCommit(commit);
      }
    },
    async closeGaps() {
      for (const device of [...streams.keys()]) {
        while (gapIsDue(streams.get(device))) {
          const commit = transact((draft) => judge.closeGap(draft(device)!, HOLES_PER_TRANSACTION));
          if (commit === undefined) return;
          onCommit(commit);
          await nextTurn();
        }
      }
    },
    close: () => queue.close(),
    stats: () => ({ ...stats, ...drafting.stats(), waiting: queue.size }),
  };
}

function tracedOf({ device, frame, arrivedMs }: Item) {
  return { device, seq: frame === undefined ? undefined : recordSeq(frame), arrivedMs };
}

/** The frames of a message, or `undefined` when its length is impossible. */
function splitPayload(payload: Uint8Array): Uint8Array[] | undefined {
  const count = payload.length / FRAME_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FRAMES_PER_MESSAGE) return undefined;
  return Array.from({ length: count }, (_, i) => payload.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES));
}

/** Starts the check at once, so that the thread pool works while the batch gathers. */
function checkSignature(stream: Stream, frame: Uint8Array | undefined): Promise<boolean> {
  // A record that names another device is refused whatever its signature says.
  if (frame === undefined || !equalBytes(recordDevice(frame), stream.device)) return Promise.resolve(false);
  const { record, signature } = splitFrame(frame);
  return verifySignature({ key: stream.key, message: signedBytes(record), signature });
}
