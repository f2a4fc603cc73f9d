import { concatBytes, equalBytes, readUint, writeUint } from "../../protocol/bytes.ts";
import { sha256 } from "../../protocol/hash.ts";
import { FRAME_BYTES } from "../../protocol/record.ts";

// What a reader and a microcontroller that signs by itself say to each other: COBS packets, each ended by a zero byte.
//
// Controller to reader, 160 bytes always: a signed frame, or a proof of its key. A proof has a frame's shape with
// schema 0, which no record has: zeros, the device at 4, the digest at 64, and at 96 the signature over
// `pondproof/connect/1` and the digest (protocol/signature.ts, connectionBytes).
//
// Reader to controller, 48 bytes always: kind u8, 3 zeros, device 8, body 32, and the first 4 bytes of the SHA-256 of
// all that, because a wrong bit in an acknowledgement would let the controller forget what nobody holds.

export const TO_READER_BYTES = FRAME_BYTES;
export const TO_CONTROLLER_BYTES = 48;

const ACK = 1;
const PROVE = 2;
const CHECKED_BYTES = TO_CONTROLLER_BYTES - 4;

/** What the reader tells a controller: which number it wants next, and what records say beside the measurements. */
export type ControllerAck = {
  /** Everything below lies in the reader's outbox, durably. */
  nextSeq: number;
  timeMs: number;
  beacon: number;
  calibration: number;
  clockSynchronised: boolean;
  calibrationOverdue: boolean;
};

export type ToController =
  | ({ kind: "ack" } & ControllerAck)
  /** Sign this digest as a connection's, and nothing else: the controller puts the prefix before it by itself. */
  | { kind: "prove"; digest: Uint8Array };

/** A packet for the controller of a device, before COBS. */
export function encodeToController(message: ToController, device: Uint8Array): Uint8Array {
  const packet = new Uint8Array(CHECKED_BYTES);
  packet[0] = message.kind === "ack" ? ACK : PROVE;
  packet.set(device, 4);
  if (message.kind === "prove") packet.set(message.digest, 12);
  else {
    writeUint(packet, 12, 6, message.nextSeq);
    writeUint(packet, 18, 6, message.timeMs);
    writeUint(packet, 24, 4, message.beacon);
    writeUint(packet, 28, 4, message.calibration);
    packet[32] = (message.clockSynchronised ? 1 : 0) | (message.calibrationOverdue ? 2 : 0);
  }
  return concatBytes(packet, sha256(packet).subarray(0, 4));
}

/** What a packet says to the controller of a device; `undefined` when it is damaged, or for somebody else. */
export function decodeToController(packet: Uint8Array, device: Uint8Array): ToController | undefined {
  const checked = packet.subarray(0, CHECKED_BYTES);
  if (packet.length !== TO_CONTROLLER_BYTES) return undefined;
  if (!equalBytes(sha256(checked).subarray(0, 4), packet.subarray(CHECKED_BYTES))) return undefined;
  if (!equalBytes(packet.subarray(4, 12), device)) return undefined;
  if (packet[0] === PROVE) return { kind: "prove", digest: packet.slice(12, 44) };
  if (packet[0] !== ACK) return undefined;
  return {
    kind: "ack",
    nextSeq: readUint(packet, 12, 6),
    timeMs: readUint(packet, 18, 6),
    beacon: readUint(packet, 24, 4),
    calibration: readUint(packet, 28, 4),
    clockSynchronised: (packet[32]! & 1) !== 0,
    calibrationOverdue: (packet[32]! & 2) !== 0,
  };
}

/** A controller's proof of its key. */
export type Proof = { device: Uint8Array; digest: Uint8Array; signature: Uint8Array };

export function encodeProof({ device, digest, signature }: Proof): Uint8Array {
  return concatBytes(new Uint8Array(4), device, new Uint8Array(52), digest, signature);
}

/** The proof in 160 bytes, or `undefined` when they are a frame. */
export function decodeProof(packet: Uint8Array): Proof | undefined {
  if (packet.length !== TO_READER_BYTES || readUint(packet, 0, 2) !== 0) return undefined;
  return { device: packet.slice(4, 12), digest: packet.slice(64, 96), signature: packet.slice(96, 160) };
}
