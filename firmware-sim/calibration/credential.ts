import { toHex } from "../../protocol/bytes.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";
import { METRICS, type MetricName } from "../../protocol/record.ts";

/** One value of a standard, and what the probe showed for it. */
export type CalibrationPoint = { metric: MetricName; reference: number; before?: number; after?: number };

/** Who calibrated a probe, when, and against what. */
export type CalibrationCredential = {
  version: 1;
  /** 16 hex digits. */
  device: string;
  by: string;
  /** UTC, like 2026-01-31T00:00:00.000Z. */
  at: string;
  /** The standard, as its certificate or bottle names it. */
  standard: string;
  points: readonly CalibrationPoint[];
  /** Hash of the credential before; null for the first. */
  previous: string | null;
};

/** A credential with what follows from its exact bytes. */
export type SealedCredential = {
  credential: CalibrationCredential;
  bytes: Uint8Array;
  sha256: string;
  /** First 4 bytes of the hash, at least 1: what every record names while the credential is in force. */
  serial: number;
  atMs: number;
};

const MAX_BYTES = 16_384;

/**
 * The credential in a file's bytes.
 * @throws INVALID_ARGUMENT
 */
export function openCredential(bytes: Uint8Array): SealedCredential {
  const credential = parse(bytes);
  const hash = sha256(bytes);
  const serial = Math.max(1, new DataView(hash.buffer, hash.byteOffset).getUint32(0));
  return { credential, bytes, sha256: toHex(hash), serial, atMs: Date.parse(credential.at) };
}

/** The bytes of a credential: what is hashed, and stays as it is for ever. */
export function sealCredential(credential: CalibrationCredential): SealedCredential {
  return openCredential(new TextEncoder().encode(`${JSON.stringify(credential, undefined, 2)}\n`));
}

function parse(bytes: Uint8Array): CalibrationCredential {
  const fail = (problem: string) => new PondproofError("INVALID_ARGUMENT", { credential: problem });
  if (bytes.length > MAX_BYTES) throw fail("too long");
  let json: Partial<CalibrationCredential> | null;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fail("not JSON");
  }
  const { version, device, by, at, standard, points, previous } = json ?? {};
  if (version !== 1) throw fail("another version");
  if (typeof device !== "string" || !/^[0-9a-f]{16}$/.test(device)) throw fail("device");
  if (typeof by !== "string" || by.trim() === "") throw fail("by: who calibrated it?");
  if (typeof standard !== "string" || standard.trim() === "") throw fail("standard: against what?");
  if (typeof at !== "string" || Number.isNaN(Date.parse(at))) throw fail("at: when?");
  if (previous !== null && (typeof previous !== "string" || !/^0x[0-9a-f]{64}$/.test(previous)))
    throw fail("previous");
  if (!Array.isArray(points) || points.length === 0 || !points.every(isPoint)) throw fail("points");
  return json as CalibrationCredential;
}

function isPoint(point: unknown): boolean {
  const { metric, reference, before, after } = (point ?? {}) as Record<string, unknown>;
  const isOptional = (value: unknown) => value === undefined || Number.isFinite(value);
  return (
    METRICS.some(({ name }) => name === metric) &&
    Number.isFinite(reference) &&
    isOptional(before) &&
    isOptional(after)
  );
}
