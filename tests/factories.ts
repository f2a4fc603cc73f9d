import { p256 } from "@noble/curves/nist.js";
import { toHex } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { sha256 } from "../protocol/hash.ts";
import { encodeRecord, FLAG, type Reading, SLOTS } from "../protocol/record.ts";
import { chainHash, connectionBytes, deviceId, signRecord } from "../protocol/signature.ts";

/** A probe's key: the secret, the public key x ‖ y, and the id as bytes and as 16 hex digits. */
export type TestKey = { secretKey: Uint8Array; publicKey: Uint8Array; deviceId: Uint8Array; device: string };

/** The key of a seed: the same in every run. */
export function makeKey(seed: string | number): TestKey {
  const secretKey = sha256(new TextEncoder().encode(`pondproof test key ${seed}`));
  const publicKey = p256.getPublicKey(secretKey, false).slice(1);
  const id = deviceId(publicKey);
  return { secretKey, publicKey, deviceId: id, device: toHex(id).slice(2) };
}

/** A reading of seven milligrams of oxygen at 24 °C; everything else was not measured. */
export function makeReading(key: TestKey, reading: Partial<Reading> = {}): Reading {
  return {
    flags: FLAG.simulated,
    device: key.deviceId,
    beacon: 0,
    seq: 0,
    timeMs: 1_750_000_000_000,
    calibration: 0,
    values: valuesWith(7),
    prev: new Uint8Array(32),
    ...reading,
  };
}

/** A signed frame of a reading: 160 bytes. */
export function makeFrame(key: TestKey, reading: Partial<Reading> = {}): Uint8Array {
  return sign(key, encodeRecord(makeReading(key, reading)));
}

/** A record with its signature. */
export function sign(key: TestKey, record: Uint8Array): Uint8Array {
  const frame = new Uint8Array(160);
  frame.set(record);
  frame.set(signRecord(record, key.secretKey), 96);
  return frame;
}

/** `count` signed frames in a row, each chained to the one before; `oxygen` is in mg/L, by sequence number. */
export function makeChain({
  key,
  count,
  startMs = 1_750_000_000_000,
  periodMs = 60_000,
  oxygen = () => 7,
  after,
}: {
  key: TestKey;
  count: number;
  startMs?: number;
  periodMs?: number;
  oxygen?: (seq: number) => number;
  /** The frame to go on from; `startMs` is then the time that seq 0 would have had. */
  after?: Uint8Array;
}): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let prev = after === undefined ? new Uint8Array(32) : chainHash(after.subarray(0, 96));
  const first = after === undefined ? 0 : new DataView(after.buffer, after.byteOffset).getUint32(18) + 1;
  for (let seq = first; seq < first + count; seq++) {
    const timeMs = startMs + seq * periodMs;
    const frame = makeFrame(key, { seq, timeMs, prev, values: valuesWith(oxygen(seq)) });
    frames.push(frame);
    prev = chainHash(frame.subarray(0, 96));
  }
  return frames;
}

/** What a device logs in with. */
export function makeLogin(key: TestKey, { site, session }: { site: string; session: string }) {
  const clientId = `${key.device}-${session}`;
  const digest = sha256(connectionBytes({ site, clientId }));
  const signature = p256.sign(digest, key.secretKey, { prehash: false, lowS: true });
  return { username: key.device, clientId, password: Buffer.from(signature).toString("base64url") };
}

/** A clock that stands still until it is told to go on. */
export type ManualClock = Clock & { advance(byMs: number): void };

export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  const waiting = new Set<{ untilMs: number; resolve: () => void }>();
  return {
    now: () => nowMs,
    wait(untilMs, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (untilMs <= nowMs) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const abort = () => {
          waiting.delete(waiter);
          reject(signal.reason);
        };
        const waiter = {
          untilMs,
          resolve: () => {
            signal.removeEventListener("abort", abort);
            resolve();
          },
        };
        signal.addEventListener("abort", abort, { once: true });
        waiting.add(waiter);
      });
    },
    advance(byMs) {
      nowMs += byMs;
      for (const waiter of waiting) {
        if (waiter.untilMs > nowMs) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    },
  };
}

function valuesWith(oxygen: number): (number | null)[] {
  return Array.from({ length: SLOTS }, (_, slot) => (slot === 0 ? oxygen : slot === 1 ? 24 : null));
}
