import { VERDICTS, type Verdict } from "./admission.ts";
import { PondproofError } from "./errors.ts";

// The JSON bodies of edge.md's topics. What comes from outside is `unknown` until one of the decoders has seen it.

/** Largest JSON message that anybody reads. */
export const MAX_MESSAGE_BYTES = 16_384;
/** Ranges and verdicts that one acknowledgement may name; the rest follows with the next. */
export const MAX_ACK_ENTRIES = 64;

/**
 * What the gateway holds durably: everything up to `contiguous` (−1 for nothing); of what lies behind, `missing` ranges
 * (both ends inclusive) are asked for again.
 */
export type Ack = {
  contiguous: number;
  missing: [from: number, to: number][];
  verdicts: { seq: number; verdict: Verdict }[];
};

/** A recent block: records carry the last 4 bytes of its hash. */
export type Beacon = { number: number; hash: string };

/** How an instrument of a device is: why it fails, and what it says of itself (firmware, slope, supply). */
export type InstrumentHealth = {
  name: string;
  state: "unknown" | "well" | "failing";
  problems: readonly string[];
  facts: Readonly<Record<string, string | number>>;
};

/** What a device says of itself when it connects, and again when the health of its instruments has changed. */
export type DeviceInfo = {
  publicKey: string;
  firmware: string;
  metrics: string[];
  periodMs: number;
  instruments?: readonly InstrumentHealth[];
};

/** What a device may report on its `event` topic beside its readings; whoever reads on must know no more of it. */
export const DEVICE_EVENTS = [
  "paired",
  "calibrated",
  "gap",
  "clock-stepped",
  "tamper",
  "source-failed",
  "source-recovered",
  "outbox-full",
  "outbox-failed",
  "outbox-recovered",
] as const;

export type DeviceEventKind = (typeof DEVICE_EVENTS)[number];

export type DeviceState = { state: "online" | "offline"; session: string };

export function encodeMessage(
  message: Ack | Beacon | DeviceInfo | DeviceState | Record<string, unknown>,
): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** @throws MALFORMED_MESSAGE */
export function decodeAck(bytes: Uint8Array): Ack {
  const { contiguous, missing, verdicts } = parse("ack", bytes);
  const ok =
    isInteger(contiguous, -1) &&
    isList(missing) &&
    missing.every(
      (range) =>
        Array.isArray(range) && range.length === 2 && isInteger(range[0], 0) && isInteger(range[1], range[0]),
    ) &&
    isList(verdicts) &&
    verdicts.every((entry) => {
      const { seq, verdict } = (entry ?? {}) as Record<string, unknown>;
      return isInteger(seq, 0) && VERDICTS.some((known) => known === verdict);
    });
  if (!ok) throw malformed("ack", "fields");
  return { contiguous, missing, verdicts } as Ack;
}

/** @throws MALFORMED_MESSAGE */
export function decodeBeacon(bytes: Uint8Array): Beacon {
  const { number, hash } = parse("beacon", bytes);
  if (!isInteger(number, 0) || typeof hash !== "string" || !/^0x[0-9a-f]{64}$/.test(hash))
    throw malformed("beacon", "fields");
  return { number, hash };
}

/** @throws MALFORMED_MESSAGE */
export function decodeDeviceInfo(bytes: Uint8Array): DeviceInfo {
  const { publicKey, firmware, metrics, periodMs, instruments } = parse("info", bytes);
  const ok =
    typeof publicKey === "string" &&
    /^0x[0-9a-f]{128}$/.test(publicKey) &&
    typeof firmware === "string" &&
    firmware.length <= 64 &&
    isList(metrics) &&
    metrics.every((name) => typeof name === "string" && name.length <= 32) &&
    isInteger(periodMs, 1) &&
    (instruments === undefined || (isList(instruments) && instruments.every(isInstrumentHealth)));
  if (!ok) throw malformed("info", "fields");
  const info = { publicKey, firmware, metrics, periodMs } as DeviceInfo;
  return instruments === undefined ? info : { ...info, instruments: instruments as InstrumentHealth[] };
}

/** @throws MALFORMED_MESSAGE */
export function decodeDeviceState(bytes: Uint8Array): DeviceState {
  const { state, session } = parse("state", bytes);
  if ((state !== "online" && state !== "offline") || typeof session !== "string" || session.length > 64) {
    throw malformed("state", "fields");
  }
  return { state, session };
}

function isInstrumentHealth(value: unknown): boolean {
  const { name, state, problems, facts } = (value ?? {}) as Record<string, unknown>;
  const isText = (text: unknown, most: number) => typeof text === "string" && text.length <= most;
  return (
    isText(name, 32) &&
    ["unknown", "well", "failing"].some((known) => known === state) &&
    isList(problems) &&
    problems.every((problem) => isText(problem, 200)) &&
    typeof facts === "object" &&
    facts !== null &&
    Object.entries(facts).every(
      ([fact, said]) => isText(fact, 32) && (isText(said, 100) || Number.isFinite(said)),
    )
  );
}

function parse(message: string, bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > MAX_MESSAGE_BYTES) throw malformed(message, `over ${MAX_MESSAGE_BYTES} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PondproofError("MALFORMED_MESSAGE", { message, problem: "not JSON" }, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw malformed(message, "not an object");
  return json as Record<string, unknown>;
}

function malformed(message: string, problem: string): PondproofError {
  return new PondproofError("MALFORMED_MESSAGE", { message, problem });
}

function isInteger(value: unknown, atLeast: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= atLeast;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length <= MAX_ACK_ENTRIES;
}
