import { fromHex, readUint, toHex } from "../protocol/bytes.ts";
import type { AnyPassage } from "../protocol/flow-attributes.ts";
import type { Beacon } from "../protocol/messages.ts";
import { FRAME_BYTES } from "../protocol/record.ts";
import { deviceId, signedBytes } from "../protocol/signature.ts";
import { passReading, spanTimeMs } from "../telemetry/passages.ts";
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
  /** Which calibration credential is in force at a time. */
  calibration?: (timeMs: number) => CalibrationState;
  /** Makes sure, before a record has this number, that no loss of the outbox can give it to another one. */
  reserve?: (seq: number) => Promise<void>;
  onEvent?: (event: ReaderEvent) => void;
  /** A new frame lies in the outbox. */
  onFrame?: () => void;
};

export type RecorderStats = { kept: number; signed: number; unencodableValues: number; clockSteps: number };

/** The credential in force, and whether it is time for the next one; serial 0 is none. */
export type CalibrationState = { serial: number; overdue: boolean; sha256?: string; calibratedMs?: number };

/** From the probe into the reader: the beginning of a reading's trace. */
const CREATED = {
  activity: "provide-iot-data",
  flow: "report-reading",
  subRole: "service-provider",
  data: "reading",
  action: "created",
  bytes: FRAME_BYTES,
  deviceType: "IoT device",
} as const satisfies AnyPassage;

const UNCALIBRATED: CalibrationState = { serial: 0, overdue: false };

/** Turns samples into the signed records of one device. */
export type Recorder = {
  device: Uint8Array;
  stats: Readonly<RecorderStats>;
  /** Every record from now on names this block. */
  announce(beacon: Beacon): void;
  /**
   * Keeps a sample, which its source was asked for at `sinceMs`, as the next record, and then signs it.
   * @throws OUTBOX_WRITE_FAILED; then nothing was kept, or nothing but the signature is lacking
   */
  keep(sample: Sample, sinceMs?: number): Promise<"kept" | "full">;
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
  const { signer, outbox, clockSynchronised = () => true, calibration = () => UNCALIBRATED } = options;
  const { onEvent = () => {}, onFrame = () => {}, reserve = async () => {} } = options;
  const device = deviceId(signer.publicKey);
  const name = toHex(device).slice(2);
  const stats: RecorderStats = { kept: 0, signed: 0, unencodableValues: 0, clockSteps: 0 };
  let beacon = 0;
  let wasOut = false;
  let namedSerial = 0;

  const signPending = async (sinceMs = spanTimeMs()) => {
    for (const { seq, record } of outbox.unsigned()) {
      outbox.attachSignature(seq, await signer.sign(signedBytes(record)));
      stats.signed++;
      passReading(CREATED, { device: name, seq, sinceMs, isFirst: true });
      onFrame();
    }
  };

  return {
    device,
    stats,
    signPending: () => signPending(),
    announce({ hash }) {
      beacon = readUint(fromHex(hash, 32), 28, 4);
    },
    async keep(sample, sinceMs) {
      const head = outbox.head();
      await reserve(head.nextSeq);
      const inForce = calibration(sample.timeMs);
      const { serial, overdue } = inForce;
      const { record, stamp, unencodable } = nextRecord(head, sample, {
        device,
        beacon,
        calibration: serial,
        calibrationOverdue: overdue,
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
      const { sha256, calibratedMs } = inForce;
      if (serial !== namedSerial && sha256 !== undefined && calibratedMs !== undefined)
        onEvent({ event: "calibrated", serial, sha256, calibratedMs });
      namedSerial = serial;
      await signPending(sinceMs);
      return "kept";
    },
  };
}
