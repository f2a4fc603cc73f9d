import { fromHex, readUint } from "../protocol/bytes.ts";
import type { Beacon } from "../protocol/messages.ts";
import { deviceId, signedBytes } from "../protocol/signature.ts";
import type { Signer } from "./key.ts";
import { nextRecord } from "./next-record.ts";
import type { DeviceOutbox } from "./outbox.ts";
import type { ReaderEvent } from "./reader-event.ts";
import type { Sample } from "./source.ts";

export type RecorderOptions = {
  signer: Signer;
  outbox: DeviceOutbox;
  /** Whether the clock was set by something trustworthy since power-up. */
  clockSynchronised?: () => boolean;
  /** Serial of the calibration credential in force; 0 for none. */
  calibration?: () => number;
  onEvent?: (event: ReaderEvent) => void;
  /** A new frame lies in the outbox. */
  onFrame?: () => void;
};

export type RecorderStats = { kept: number; signed: number; unencodableValues: number; clockSteps: number };

/** Turns samples into the signed records of one device. */
export type Recorder = {
  device: Uint8Array;
  stats: Readonly<RecorderStats>;
  /** Every record from now on names this block. */
  announce(beacon: Beacon): void;
  /**
   * Keeps a sample as the next record, and then signs it.
   * @throws OUTBOX_WRITE_FAILED; then nothing was kept, or nothing but the signature is lacking
   */
  keep(sample: Sample): Promise<"kept" | "full">;
  /** Signs what a power cut or a full disk left unsigned, as it is. */
  signPending(): Promise<void>;
};

/**
 * Makes the recorder of a device.
 *
 * A record is on the disk before it is signed, and an unsigned one that is found there is signed as it is: so there are
 * never two records with one number, and no number is ever missing.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { signer, outbox, clockSynchronised = () => true, calibration = () => 0 } = options;
  const { onEvent = () => {}, onFrame = () => {} } = options;
  const device = deviceId(signer.publicKey);
  const stats: RecorderStats = { kept: 0, signed: 0, unencodableValues: 0, clockSteps: 0 };
  let beacon = 0;
  let wasOut = false;

  const signPending = async () => {
    for (const { seq, record } of outbox.unsigned()) {
      outbox.attachSignature(seq, await signer.sign(signedBytes(record)));
      stats.signed++;
      onFrame();
    }
  };

  return {
    device,
    stats,
    signPending,
    announce({ hash }) {
      beacon = readUint(fromHex(hash, 32), 28, 4);
    },
    async keep(sample) {
      const head = outbox.head();
      const { record, stamp, unencodable } = nextRecord(head, sample, {
        device,
        beacon,
        calibration: calibration(),
        firstAfterPowerUp: stats.kept === 0,
        clockSynchronised: clockSynchronised(),
      });
      if ((await outbox.append(record)) === "full") return "full";
      stats.kept++;
      stats.unencodableValues += unencodable;
      const { timeMs } = stamp;
      if (stamp.stepped) {
        stats.clockSteps++;
        onEvent({ event: "clock-stepped", seq: head.nextSeq, fromMs: head.lastTimeMs ?? 0, toMs: timeMs });
      }
      const isOut = sample.outOfWater === true;
      if (isOut !== wasOut) onEvent({ event: "tamper", open: isOut, timeMs });
      wasOut = isOut;
      await signPending();
      return "kept";
    },
  };
}
