import { toHex } from "../../protocol/bytes.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import type { AnyPassage } from "../../protocol/flow-attributes.ts";
import { decodeManifest, type ManifestStream } from "../../protocol/manifest.ts";
import { FRAME_BYTES, recordDevice, recordSeq } from "../../protocol/record.ts";
import { isTracing, passReading, spanTimeMs } from "../../telemetry/passages.ts";
import type { RawSource } from "../replica/raw-source.ts";
import type { Book, WatchedBatch } from "./book.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";

const FETCHED = {
  activity: "provide-iot-data",
  flow: "readings-to-watcher",
  subRole: "insurance-company",
  data: "reading",
  bytes: FRAME_BYTES,
  deviceType: "Hosted service",
} as const satisfies Partial<AnyPassage>;

/**
 * The raw bytes of a batch, rebuilt: `lacking` are streams that nobody can rebuild from them, with the reason. `absent`
 * when bytes that the ledger names by hash are not there, and may still come.
 */
export type Taken =
  | { kind: "taken"; rebuilt: Rebuilt[]; lacking: Map<string, string> }
  | { kind: "absent"; sentence: string };

/** Fetches a batch's manifest and segments, every byte checked by hash, and rebuilds the streams that they add to. */
export async function takeBatch({
  book,
  batch,
  source,
  isUsable,
  signal,
}: {
  book: Book;
  batch: WatchedBatch;
  source: RawSource;
  isUsable: (streamId: Uint8Array, batch: number) => Promise<boolean>;
  signal: AbortSignal;
}): Promise<Taken> {
  const { number, manifest: hash } = batch;
  const bytes = await source.manifest({ number, hash }, signal);
  if (bytes === undefined) return { kind: "absent", sentence: `the manifest of batch ${number} is missing` };
  const streams = streamsIn(bytes, number);
  const rebuilt: Rebuilt[] = [];
  const lacking = new Map<string, string>();
  if (streams === undefined) {
    // The anchored hash is that of these bytes: better ones will not come.
    lacking.set("", `the anchored manifest of batch ${number} is none`);
    return { kind: "taken", rebuilt, lacking };
  }
  for (const manifest of streams) {
    const id = toHex(manifest.streamId);
    const stream = book.find(manifest.streamId);
    if (stream === undefined) {
      lacking.set(id, `stream ${id} belongs to no registered probe`);
      continue;
    }
    const sinceMs = spanTimeMs();
    const segment = await source.segment(manifest.frames, signal);
    if (segment !== undefined) passSegment(segment, sinceMs);
    if (segment === undefined && (await isUsable(manifest.streamId, number)))
      return { kind: "absent", sentence: `segment ${toHex(manifest.frames)} of batch ${number} is missing` };
    if (segment === undefined || manifest.from > stream.size) {
      lacking.set(id, `positions before ${manifest.from} of stream ${id} are missing`);
      continue;
    }
    const growth = await rebuild({
      book,
      stream,
      manifest,
      segment,
      anchoredAtMs: 1000 * batch.anchoredAtS,
    }).catch(notASegment);
    if (growth === undefined)
      lacking.set(id, `the segment of stream ${id} in batch ${number} is not what its manifest says`);
    else rebuilt.push(growth);
  }
  return { kind: "taken", rebuilt, lacking };
}

/** Says of every traced reading of a segment that the watcher has fetched it. */
function passSegment(segment: Uint8Array, sinceMs: number): void {
  if (!isTracing()) return;
  for (let at = 0; at + FRAME_BYTES <= segment.length; at += FRAME_BYTES) {
    const frame = segment.subarray(at, at + FRAME_BYTES);
    const reading = { device: toHex(recordDevice(frame)).slice(2), seq: recordSeq(frame), sinceMs };
    passReading({ ...FETCHED, action: "transmitted" }, reading);
    passReading({ ...FETCHED, action: "stored" }, reading);
  }
}

function streamsIn(bytes: Uint8Array, number: number): ManifestStream[] | undefined {
  try {
    const manifest = decodeManifest(bytes);
    const ids = new Set(manifest.streams.map(({ streamId }) => toHex(streamId)));
    return manifest.number === number && ids.size === manifest.streams.length ? manifest.streams : undefined;
  } catch (error) {
    if (isPondproofError(error, "MALFORMED_MESSAGE")) return undefined;
    throw error;
  }
}

function notASegment(error: unknown): undefined {
  if (!isPondproofError(error, "MALFORMED_MESSAGE")) throw error;
  return undefined;
}
