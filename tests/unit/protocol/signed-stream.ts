import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { concatBytes } from "../../../protocol/bytes.ts";
import type { Position } from "../../../protocol/evidence.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";
import { encodeRecord, FLAG, type Reading } from "../../../protocol/record.ts";
import { chainHash, deviceId, lowS, signedBytes } from "../../../protocol/signature.ts";

/** A probe's key, in OpenSSL's hands. */
export type Probe = {
  publicKey: Uint8Array;
  device: Uint8Array;
  /** ES256, low s. */
  sign(message: Uint8Array): Uint8Array;
  /** The record with its signature: 160 bytes. */
  frameOf(record: Uint8Array): Uint8Array;
};

export function createProbe(): Probe {
  const { privateKey, publicKey: keyObject } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = keyObject.export({ format: "jwk" });
  const publicKey = concatBytes(Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url"));
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  const signLow = (message: Uint8Array) => lowS(sign("sha256", message, key));
  return {
    publicKey,
    device: deviceId(publicKey),
    sign: signLow,
    frameOf: (record) => concatBytes(record, signLow(signedBytes(record))),
  };
}

/** Checks a record's signature with OpenSSL. */
export function opensslVerifies(record: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const part = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: part(0), y: part(32) };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify("sha256", signedBytes(record), { key, dsaEncoding: "ieee-p1363" }, signature);
}

export const FIRST_MS = 1_767_225_600_000;
export const PERIOD_MS = 60_000;

/** A reading of a probe as a test needs it; everything that is not said is unremarkable. */
export function makeReading(change: Partial<Reading> & { device: Uint8Array; seq: number }): Reading {
  return {
    flags: FLAG.simulated,
    beacon: 0,
    timeMs: FIRST_MS + change.seq * PERIOD_MS,
    calibration: 1,
    values: [6.5, 24, 7.9, null, null, null, 1.2, 0],
    prev: new Uint8Array(32),
    ...change,
  };
}

/** `size` positions as a probe signs them, one a minute, with holes where they are asked for. */
export function signedPositions({
  probe,
  size,
  holes = [],
  change = () => ({}),
}: {
  probe: Probe;
  size: number;
  holes?: number[];
  /** Makes one reading differ from what an honest probe would sign. */
  change?: (seq: number) => Partial<Reading>;
}): Position[] {
  let prev: Uint8Array = new Uint8Array(32);
  return Array.from({ length: size }, (_, seq): Position => {
    const record = encodeRecord(makeReading({ device: probe.device, seq, prev, ...change(seq) }));
    prev = chainHash(record);
    return holes.includes(seq)
      ? { kind: "hole", reason: HOLE_REASONS["not-received"] }
      : { kind: "reading", frame: probe.frameOf(record) };
  });
}
