import { concatBytes } from "../../../protocol/bytes.ts";
import { encodeRecord, FLAG, type Reading } from "../../../protocol/record.ts";
import { chainHash, deviceId, signRecord } from "../../../protocol/signature.ts";
import type { Place, RandomStream } from "./random-streams.ts";

type Key = { secretKey: Uint8Array; publicKey: Uint8Array };

export const CHAIN_BEGIN_MS = Date.parse("2027-01-01T00:00:00Z");
export const CHAIN_STEP_MS = 60_000;

/** Frames of a probe from record 0 on, a minute apart, each continuing the one before; `changes` by number. */
export function signedChain(
  probe: Key,
  howMany: number,
  changes: Readonly<Record<number, Partial<Reading>>> = {},
  signer: Key = probe,
): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let prev: Uint8Array = new Uint8Array(32);
  for (let seq = 0; seq < howMany; seq++) {
    const record = encodeRecord({
      flags: FLAG.simulated,
      device: deviceId(probe.publicKey),
      beacon: 0xffff_ffff,
      seq,
      timeMs: CHAIN_BEGIN_MS + seq * CHAIN_STEP_MS,
      calibration: 1,
      values: [1.5 + (seq % 7) / 100, 28, 7.4, 12, 30, 0.6, 3.2, 0],
      prev,
      ...changes[seq],
    });
    frames.push(concatBytes(record, signRecord(record, signer.secretKey)));
    prev = chainHash(record);
  }
  return frames;
}

/** A random stream as one probe would have signed it: its device, its chain, its signatures. */
export function signPlaces(places: readonly Place[], probe: Key & { streamId: Uint8Array }): RandomStream {
  let prev: Uint8Array | undefined;
  const signed = places.map((place, position): Place => {
    if (place.kind === "hole") {
      prev = undefined;
      return place;
    }
    const record = place.frame.slice(0, 96);
    record.set(deviceId(probe.publicKey), 4);
    if (position === 0) record.fill(0, 64);
    else if (prev !== undefined) record.set(prev, 64);
    prev = chainHash(record);
    return { ...place, frame: concatBytes(record, signRecord(record, probe.secretKey)) };
  });
  return { streamId: probe.streamId, places: signed };
}

/** The frames of a stream, holes left out. */
export function framesOf(places: readonly Place[]): Uint8Array[] {
  return places.flatMap((place) => (place.kind === "reading" ? [place.frame] : []));
}
