import { type Deployment, parseDeployment } from "../../ledger/deployment.ts";
import {
  type ArchivedNode,
  type ArchivedStream,
  decodeDirectory,
  decodeNode,
  decodeStreams,
} from "../../protocol/archive.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { DirectoryEntry } from "../../protocol/directory.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { createPartClient, type PartOptions, type PartRequest } from "../part-client.ts";
import { nameOfHash, type RawSource } from "./raw-source.ts";

/** A segment of a corrected stream holds all of it: 1.6 million readings, three years by the minute. */
const MAX_SEGMENT_BYTES = 256 * 2 ** 20;
/** Manifests and directories of some ten thousand streams. */
const MAX_DOCUMENT_BYTES = 16 * 2 ** 20;
const MAX_NODE_BYTES = 4_096;
/** A long segment over a thin line. */
const TIMEOUT_MS = 60_000;

/** An operator's archive. What it says is not believed; `undefined` is that it does not have it. */
export type ArchiveClient = RawSource & {
  deployment(signal: AbortSignal): Promise<Deployment>;
  streams(signal: AbortSignal): Promise<ArchivedStream[]>;
  directory(number: number, signal: AbortSignal): Promise<DirectoryEntry[] | undefined>;
  node(
    place: { number: number; streamId: Uint8Array; level: number; index: number },
    signal: AbortSignal,
  ): Promise<ArchivedNode | undefined>;
};

/**
 * The archive at an address without a path. Every answer is bounded in time and size.
 * @throws ARCHIVE_UNREACHABLE, or the signal's reason
 */
export function createArchiveClient(archive: PartOptions): ArchiveClient {
  const ask = createPartClient("ARCHIVE_UNREACHABLE", { timeoutMs: TIMEOUT_MS, ...archive });
  const get = (path: string, request: PartRequest) => ask(`/api/v1/${path}`, request);

  /** Asks for JSON; an answer of another form is as good as none. */
  const document = async <T>(
    path: string,
    options: { signal: AbortSignal; maxBytes: number; decode: (json: unknown) => T },
  ): Promise<T | undefined> => {
    const bytes = await get(path, options);
    if (bytes === undefined) return undefined;
    try {
      return options.decode(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    } catch (cause) {
      throw unreachable(`${path} is not what was asked for`, cause);
    }
  };

  const required = async <T>(path: string, signal: AbortSignal, decode: (json: unknown) => T): Promise<T> => {
    const found = await document(path, { signal, maxBytes: MAX_DOCUMENT_BYTES, decode });
    if (found === undefined) throw unreachable(`${path} is not there`);
    return found;
  };

  return {
    deployment: (signal) => required("deployment", signal, parseDeployment),
    streams: (signal) => required("streams", signal, decodeStreams),
    manifest: ({ number }, signal) =>
      get(`batches/${number}/manifest`, { signal, maxBytes: MAX_DOCUMENT_BYTES }),
    segment: (hash, signal) => get(`segments/${nameOfHash(hash)}`, { signal, maxBytes: MAX_SEGMENT_BYTES }),
    directory: (number, signal) =>
      document(`batches/${number}/directory`, {
        signal,
        maxBytes: MAX_DOCUMENT_BYTES,
        decode: (json) => decodeDirectory(json).entries,
      }),
    node: ({ number, streamId, level, index }, signal) =>
      document(`batches/${number}/streams/${toHex(streamId)}/nodes/${level}/${index}`, {
        signal,
        maxBytes: MAX_NODE_BYTES,
        decode: decodeNode,
      }),
  };
}

function unreachable(problem: string, cause?: unknown): PondproofError {
  return new PondproofError("ARCHIVE_UNREACHABLE", { problem }, { cause });
}
