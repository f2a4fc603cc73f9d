import { concatBytes } from "../../protocol/bytes.ts";
import { cobsEncode, createCobsReader } from "../../protocol/cobs.ts";
import { encodeRecord, FLAG, recordSeq } from "../../protocol/record.ts";
import { CONNECT_PREFIX, chainHash, deviceId, signedBytes } from "../../protocol/signature.ts";
import type { Signer } from "../key.ts";
import {
  type ControllerAck,
  decodeToController,
  encodeProof,
  TO_CONTROLLER_BYTES,
} from "../probes/controller-packets.ts";
import type { Line } from "../serial/line.ts";

/** A microcontroller with a key of its own: samples, signs, keeps what is not acknowledged, and says it again. */
export type SigningController = {
  /** What the reader said last. */
  ack: ControllerAck | undefined;
  /** Numbers that it still keeps. */
  kept(): number[];
  /** Connects it to a line, or to another one after a replug. */
  plug(line: Line): void;
  /** Takes a sample: signs it, keeps it, and sends it. */
  sample(values: readonly (number | null)[]): Promise<void>;
  /** Sends everything again that is not acknowledged, oldest first. */
  resend(): Promise<void>;
  /** Forgets its oldest frames, as a controller without room does. */
  forget(count: number): void;
  /** Puts bytes on the line that nobody understands. */
  babble(bytes: Uint8Array): Promise<void>;
};

/** `nowMs` is used until the reader tells the time. */
export function createSigningController(options: { signer: Signer; nowMs: () => number }): SigningController {
  const { signer, nowMs } = options;
  const device = deviceId(signer.publicKey);
  let line: Line | undefined;
  let frames: Uint8Array[] = [];
  let nextSeq = 0;
  let lastMs = 0;
  let prev: Uint8Array = new Uint8Array(32);

  const send = async (packet: Uint8Array) => line?.write(cobsEncode(packet));
  const prove = async (digest: Uint8Array) => {
    // The prefix is its own, so that nobody can have it sign a record.
    const signature = await signer.sign(concatBytes(CONNECT_PREFIX, digest));
    await send(encodeProof({ device, digest, signature }));
  };
  const controller: SigningController = {
    ack: undefined,
    kept: () => frames.map((frame) => recordSeq(frame)),
    plug(plugged) {
      line = plugged;
      const reader = createCobsReader({ packetBytes: TO_CONTROLLER_BYTES });
      plugged.listen((bytes) => {
        for (const packet of reader.push(bytes)) {
          const message = decodeToController(packet, device);
          // A line that dies under an answer is plugged in again.
          if (message?.kind === "prove") prove(message.digest).catch(() => undefined);
          if (message?.kind !== "ack") continue;
          controller.ack = message;
          frames = frames.filter((frame) => recordSeq(frame) >= message.nextSeq);
        }
      });
    },
    async sample(values) {
      const { ack } = controller;
      const timeMs = Math.max(ack?.timeMs ?? nowMs(), lastMs + 1);
      const record = encodeRecord({
        flags:
          FLAG.simulated |
          (nextSeq === 0 ? FLAG.firstAfterPowerUp : 0) |
          (ack?.clockSynchronised ? 0 : FLAG.clockNotSynchronised) |
          (ack?.calibrationOverdue ? FLAG.calibrationOverdue : 0),
        device,
        beacon: ack?.beacon ?? 0,
        seq: nextSeq,
        timeMs,
        calibration: ack?.calibration ?? 0,
        values,
        prev,
      });
      const frame = concatBytes(record, await signer.sign(signedBytes(record)));
      nextSeq++;
      lastMs = timeMs;
      prev = chainHash(record);
      frames.push(frame);
      await send(frame);
    },
    async resend() {
      for (const frame of frames) await send(frame);
    },
    forget(count) {
      frames = frames.slice(count);
    },
    babble: async (bytes) => line?.write(bytes),
  };
  return controller;
}
