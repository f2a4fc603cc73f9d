import { setImmediate as nextTurn } from "node:timers/promises";
import type { ClockState } from "../protocol/admission.ts";
import { equalBytes } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { FRAME_BYTES, recordDevice } from "../protocol/record.ts";
import { signedBytes, splitFrame } from "../protocol/signature.ts";
import type { ClockTrustSource } from "./clock-trust.ts";
import { createJudge, type Outcome, type WaitingLimits } from "./judge.ts";
import { errorFacts, type Log } from "./log.ts";
import { createBatchQueue, type Pause } from "./queue.ts";
import type { Store } from "./store.ts";
import { draftOf, type Stream } from "./stream.ts";
import { verifySignature } from "./verify.ts";

/** Frames that one message may carry (edge.md, "Topics"). */
export const MAX_FRAMES_PER_MESSAGE = 64;
/** Holes made in one transaction: some ten milliseconds. */
const HOLES_PER_TRANSACTION = 2_000;

/** When a batch closes: `windowMs` after its first frame, or at `maxFrames`; `maxWaiting` frames may queue for it. */
export type BatchOptions = { maxFrames: number; windowMs: number; maxWaiting: number };

/** What one transaction has made durable: the streams it touched, as they are now, and every answer it gave. */
export type Commit = { streams: Stream[]; outcomes: Outcome[] };

export type AdmissionStats = {
  frames: number;
  batches: number;
  /** Batches that the store refused; their frames were not acknowledged, so the readers send them again. */
  failedBatches: number;
  /** Frames from a device that is not paired: there is no stream to count them in. */
  unpairedFrames: number;
  waiting: number;
  /** The last transaction failed. */
  failing: boolean;
};

/** Frames in, verdicts out; what `onCommit` sees is on disk. */
export type Admission = {
  /** Takes what a device has published; resolves when there is room for more. */
  submit(device: string, payload: Uint8Array): Promise<void>;
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
  log: Log;
};

/**
 * Gathers frames over a short window, has their signatures checked in the thread pool meanwhile, judges them in order
 * of arrival, and commits a batch in one transaction.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  const { store, streams, clock, clockTrust, earliestMs, holdingMs, batch, limits, pause, onCommit, log } =
    options;
  const queue = createBatchQueue<Item>({
    maxBatch: batch.maxFrames,
    windowMs: batch.windowMs,
    capacity: batch.maxWaiting,
    pause,
  });
  const judge = createJudge({ store, limits });
  const startedAtMs = clock.now();
  const stats = { frames: 0, batches: 0, failedBatches: 0, unpairedFrames: 0, failing: false };

  const transact = (body: (draft: (device: string) => Stream | undefined) => Outcome[]): boolean => {
    const drafts = new Map<string, Stream>();
    const draft = (device: string) => {
      const stream = drafts.get(device) ?? streams.get(device);
      if (stream === undefined || drafts.has(device)) return stream;
      const copy = draftOf(stream);
      drafts.set(device, copy);
      return copy;
    };
    let outcomes: Outcome[];
    try {
      outcomes = store.transaction(() => body(draft));
    } catch (error) {
      if (!stats.failing) log.error(errorFacts(error), "the store refuses a batch; nothing is acknowledged");
      stats.failing = true;
      stats.failedBatches++;
      return false;
    }
    for (const [device, stream] of drafts) streams.set(device, stream);
    if (stats.failing) log.info({}, "the store works again");
    stats.failing = false;
    onCommit({ streams: [...drafts.values()], outcomes });
    return true;
  };

  const commit = (items: Item[], valid: boolean[]) =>
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
    stream !== undefined &&
    stream.held > 0 &&
    Math.max(store.waiting.heldSinceMs(stream.row), startedAtMs) + holdingMs <= clock.now();

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
    async run() {
      for (let items = await queue.take(); items.length > 0; items = await queue.take()) {
        const valid = await Promise.all(items.map(({ signatureIsValid }) => signatureIsValid));
        if (commit(items, valid)) stats.batches++;
      }
    },
    async closeGaps() {
      for (const device of [...streams.keys()]) {
        while (gapIsDue(streams.get(device))) {
          const done = transact((draft) => judge.closeGap(draft(device)!, HOLES_PER_TRANSACTION));
          if (!done) return;
          await nextTurn();
        }
      }
    },
    close: () => queue.close(),
    stats: () => ({ ...stats, waiting: queue.size }),
  };
}

/** The frames of a message, or `undefined` when its length is impossible. */
export function splitPayload(payload: Uint8Array): Uint8Array[] | undefined {
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
