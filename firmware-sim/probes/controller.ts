import { concatBytes, equalBytes, fromHex, readUint } from "../../protocol/bytes.ts";
import type { Clock } from "../../protocol/clock.ts";
import { cobsEncode, createCobsReader } from "../../protocol/cobs.ts";
import { isPondproofError, PondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";
import type { Beacon, InstrumentHealth } from "../../protocol/messages.ts";
import { CONNECT_PREFIX, deviceId, verifyDigest } from "../../protocol/signature.ts";
import type { Signer } from "../key.ts";
import type { DeviceOutbox } from "../outbox.ts";
import type { ReaderEvent } from "../reader-event.ts";
import type { CalibrationState } from "../recorder.ts";
import { rest } from "../rest.ts";
import type { Line } from "../serial/line.ts";
import type { LineKeeper } from "../serial/line-keeper.ts";
import { decodeProof, encodeToController, TO_READER_BYTES, type ToController } from "./controller-packets.ts";
import { createForwarder, type Forwarded } from "./forwarding.ts";

export type ControllerOptions = {
  name: string;
  line: LineKeeper;
  /** x ‖ y, 64 bytes. */
  publicKey: Uint8Array;
  outbox: DeviceOutbox;
  clock: Clock;
  /** The controller's sampling period: it is told the time and the next number at least so often. */
  periodMs: number;
  clockSynchronised?: () => boolean;
  calibration?: (timeMs: number) => CalibrationState;
  timeoutMs?: number;
  onEvent?: (event: ReaderEvent) => void;
  /** A new frame lies in the outbox. */
  onFrame?: () => void;
};

export type ControllerStats = { discardedBytes: number } & Record<Forwarded["kind"], number>;

/** A microcontroller that signs by itself, on a serial line. */
export type Controller = {
  /** Signs what opens a connection to the gateway, by asking the controller, and nothing else. */
  signer: Signer;
  stats(): ControllerStats;
  health(): InstrumentHealth;
  announce(beacon: Beacon): void;
  run(signal: AbortSignal): Promise<void>;
};

/** Frames that wait while one is being written; a controller repeats what was not acknowledged. */
const MAX_WAITING = 64;

/** Passes a controller's frames on to the outbox, and acknowledges what is durable there. */
export function createController(options: ControllerOptions): Controller {
  const { name, line: keeper, publicKey, outbox, clock, periodMs, timeoutMs = 5_000 } = options;
  const { clockSynchronised = () => true, calibration = () => ({ serial: 0, overdue: false }) } = options;
  const { onEvent = () => {}, onFrame = () => {} } = options;
  const device = deviceId(publicKey);
  const forwarder = createForwarder({ device, publicKey, outbox });
  const stats: ControllerStats = {
    discardedBytes: 0,
    kept: 0,
    known: 0,
    early: 0,
    "kept-after-gap": 0,
    full: 0,
    refused: 0,
  };
  const proofs = new Set<(digest: Uint8Array, signature: Uint8Array) => void>();
  let beacon = 0;
  let problem: string | undefined;
  let lastFrameMs: number | undefined;

  const tell = (next: string | undefined) => {
    if (next !== undefined && problem === undefined)
      onEvent({ event: "source-failed", part: name, problem: next });
    if (next === undefined && problem !== undefined) onEvent({ event: "source-recovered", part: name });
    problem = next;
  };
  const say = async (line: Line, message: ToController) =>
    line.write(cobsEncode(encodeToController(message, device)));
  const acknowledge = (line: Line) => {
    const { serial, overdue } = calibration(clock.now());
    return say(line, {
      kind: "ack",
      nextSeq: outbox.head().nextSeq,
      timeMs: clock.now(),
      beacon,
      calibration: serial,
      clockSynchronised: clockSynchronised(),
      calibrationOverdue: overdue,
    });
  };
  const takeFrame = async (line: Line, frame: Uint8Array) => {
    const done = await forwarder.take(frame);
    stats[done.kind]++;
    switch (done.kind) {
      case "kept-after-gap":
        onEvent({ event: "gap", fromSeq: done.fromSeq, toSeq: done.toSeq });
        break;
      case "full":
        return tell("the outbox is full");
      case "refused":
        // Without an answer the controller repeats it.
        return undefined;
      case "kept":
      case "known":
      case "early":
    }
    keeper.heard();
    lastFrameMs = clock.now();
    tell(undefined);
    if (done.kind !== "known" && done.kind !== "early") onFrame();
    return acknowledge(line);
  };
  const take = async (line: Line, packet: Uint8Array) => {
    const proof = decodeProof(packet);
    if (proof === undefined) return takeFrame(line, packet);
    if (equalBytes(proof.device, device)) for (const hear of proofs) hear(proof.digest, proof.signature);
    return undefined;
  };
  const survive = (error: unknown) => {
    if (!isPondproofError(error) || error.code === "OUTBOX_UNUSABLE") throw error;
    // The line's own end is told by the keeper; a disk that is full takes the frame when it is sent again.
    if (error.code === "OUTBOX_WRITE_FAILED") tell("the disk does not take its frames");
  };
  const serve = async (line: Line, signal: AbortSignal) => {
    const reader = createCobsReader({ packetBytes: TO_READER_BYTES });
    const before = stats.discardedBytes;
    const failed = Promise.withResolvers<void>();
    let waiting = 0;
    let work: Promise<void> = Promise.resolve();
    line.listen((bytes) => {
      for (const packet of reader.push(bytes)) {
        if (waiting >= MAX_WAITING) continue;
        waiting++;
        work = work
          .then(() => take(line, packet))
          .catch(survive)
          .catch(failed.reject)
          .finally(() => waiting--);
      }
      stats.discardedBytes = before + reader.discardedBytes;
    });
    const over = new AbortController();
    void line.closed.then(() => over.abort());
    const ended = AbortSignal.any([signal, over.signal]);
    const remind = async () => {
      while (!ended.aborted) {
        await acknowledge(line).catch(survive);
        await rest(clock, periodMs, ended);
        if (!ended.aborted && clock.now() - (lastFrameMs ?? clock.now()) > 3 * periodMs)
          tell("it sends no frames");
      }
    };
    await Promise.race([remind(), failed.promise]);
    await work;
  };

  const prove = async (digest: Uint8Array): Promise<Uint8Array> => {
    const settled = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    const hear = (about: Uint8Array, signature: Uint8Array) => {
      if (equalBytes(about, digest)) resolve(signature);
    };
    proofs.add(hear);
    try {
      const use = await keeper.use((line) => say(line, { kind: "prove", digest }));
      if (use.kind === "down")
        throw new PondproofError("LINK_DOWN", { problem: `${keeper.name}: ${use.reason}` });
      const late = clock.wait(clock.now() + timeoutMs, settled.signal).then(
        () => undefined,
        () => undefined,
      );
      const signature = await Promise.race([promise, late]);
      if (signature === undefined)
        throw new PondproofError("LINK_DOWN", { problem: `${name} does not prove its key` });
      return signature;
    } finally {
      proofs.delete(hear);
      settled.abort();
    }
  };

  return {
    signer: {
      publicKey,
      async sign(bytes) {
        const digest = connectDigest(bytes);
        const signature = await prove(digest);
        if (!verifyDigest(sha256(bytes), signature, publicKey))
          throw new PondproofError("LINK_DOWN", { problem: `${name} proves another key` });
        return signature;
      },
    },
    stats: () => ({ ...stats }),
    health: () => healthOf({ name, keeper, problem, stats }),
    announce({ hash }) {
      beacon = readUint(fromHex(hash, 32), 28, 4);
    },
    async run(signal) {
      while (!signal.aborted) {
        const line = await keeper.opened(signal);
        if (line !== undefined) await serve(line, signal);
      }
    },
  };
}

/** The digest of a connection; a controller is asked to sign nothing else. */
function connectDigest(bytes: Uint8Array): Uint8Array {
  const digest = bytes.subarray(CONNECT_PREFIX.length);
  if (!equalBytes(bytes, concatBytes(CONNECT_PREFIX, digest)) || digest.length !== 32)
    throw new PondproofError("INVALID_ARGUMENT", { problem: "a controller signs its records by itself" });
  return digest;
}

function healthOf({
  name,
  keeper,
  problem,
  stats,
}: {
  name: string;
  keeper: LineKeeper;
  problem: string | undefined;
  stats: ControllerStats;
}): InstrumentHealth {
  const state = keeper.state();
  const problems = [
    ...(state.state === "lost" ? [`${keeper.name}: ${state.reason}`] : []),
    ...(problem === undefined ? [] : [problem]),
  ];
  const facts = { kept: stats.kept, refused: stats.refused, discardedBytes: stats.discardedBytes };
  if (problems.length > 0) return { name, state: "failing", problems, facts };
  return { name, state: stats.kept > 0 ? "well" : "unknown", problems, facts };
}
