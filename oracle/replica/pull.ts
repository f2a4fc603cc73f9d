import { equalBytes, toHex } from "../../protocol/bytes.ts";
import { isPondproofError, PondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";
import { decodeManifest, type Manifest, splitSegment } from "../../protocol/manifest.ts";
import type { ArchiveClient } from "./archive-client.ts";
import type { ReplicaFolder } from "./folder.ts";

/** How far a pull has come. */
export type PullProgress = { batch: number; segments: number; bytes: number };

/** Copies an archive into a folder. */
export type Pull = {
  readonly progress: Readonly<PullProgress>;
  /** Takes everything that the archive has and the folder has not; goes on where it stopped, at any point. */
  turn(signal: AbortSignal): Promise<void>;
};

/**
 * The pull of an archive. A batch is marked complete after all of it is on the disk and hashed to what its manifest
 * names, and the manifest to what the ledger holds, where `manifestHashes` asks it.
 * @throws (from turn) ARCHIVE_UNREACHABLE, REPLICA_OTHER_LEDGER, LEDGER_*
 */
export function createPull({
  archive,
  folder,
  anchoredHash,
  onProgress = () => undefined,
}: {
  archive: ArchiveClient;
  folder: ReplicaFolder;
  /** What the ledger says that a batch's manifest hashes to; `undefined` while it has no such batch. */
  anchoredHash?: (number: number) => Promise<Uint8Array | undefined>;
  onProgress?: (progress: PullProgress) => void;
}): Pull {
  const progress: PullProgress = { batch: 0, segments: 0, bytes: 0 };
  let adopted = false;

  const begin = async (signal: AbortSignal): Promise<void> => {
    if (!adopted) {
      await folder.adopt(await archive.deployment(signal));
      while ((await folder.complete(progress.batch + 1)) !== undefined) progress.batch++;
      adopted = true;
    }
    const streams = await archive.streams(signal);
    await folder.writeStreams(
      streams.map(({ streamId, publicKey, pond }) => ({
        streamId: toHex(streamId),
        x: toHex(publicKey.subarray(0, 32)),
        y: toHex(publicKey.subarray(32)),
        pond,
      })),
    );
  };

  const takeBatch = async (number: number, signal: AbortSignal): Promise<boolean> => {
    const anchored = await anchoredHash?.(number);
    if (anchoredHash !== undefined && anchored === undefined) return false;
    const bytes = await archive.manifest({ number, hash: anchored }, signal);
    if (bytes === undefined) return false;
    const hash = sha256(bytes);
    if (anchored !== undefined && !equalBytes(hash, anchored))
      throw wrong(`the manifest of batch ${number} is not the one whose hash is anchored`);
    const { streams } = manifestIn(bytes, number);
    for (const stream of streams) {
      if (await folder.has(stream.frames)) continue;
      const segment = await archive.segment(stream.frames, signal);
      if (segment === undefined) throw wrong(`batch ${number} lacks segment ${toHex(stream.frames)}`);
      splitSegment(segment, stream);
      await folder.keep(segment);
      progress.segments++;
      progress.bytes += segment.length;
      onProgress(progress);
    }
    await folder.keep(bytes);
    await folder.markComplete(number, hash);
    progress.batch = number;
    progress.bytes += bytes.length;
    onProgress(progress);
    return true;
  };

  return {
    progress,
    async turn(signal) {
      await begin(signal);
      while (await takeBatch(progress.batch + 1, signal)) signal.throwIfAborted();
    },
  };
}

function manifestIn(bytes: Uint8Array, number: number): Manifest {
  try {
    const manifest = decodeManifest(bytes);
    if (manifest.number === number) return manifest;
  } catch (cause) {
    if (!isPondproofError(cause)) throw cause;
  }
  throw wrong(`the manifest of batch ${number} is none`);
}

function wrong(problem: string): PondproofError {
  return new PondproofError("ARCHIVE_UNREACHABLE", { problem });
}
