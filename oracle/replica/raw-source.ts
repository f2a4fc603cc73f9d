import { equalBytes, toHex } from "../../protocol/bytes.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";

/**
 * Where raw bytes come from: an operator's archive, or a copy of it. `undefined` is "not here"; what is here may be
 * wrong, so whoever asks compares the hash.
 */
export type RawSource = {
  /** The manifest of a batch; `hash` is its SHA-256, where the ledger was asked. */
  manifest(
    batch: { number: number; hash: Uint8Array | undefined },
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
  segment(hash: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined>;
};

/** Asks one source after the other for bytes of a hash; one that has others, or does not answer, has none. */
export function verifiedSource(sources: readonly RawSource[]): RawSource {
  const firstOf = async (
    hash: Uint8Array | undefined,
    ask: (source: RawSource) => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> => {
    for (const source of sources) {
      const bytes = await orNothing(ask(source));
      if (bytes !== undefined && (hash === undefined || equalBytes(sha256(bytes), hash))) return bytes;
    }
    return undefined;
  };
  return {
    manifest: (batch, signal) => firstOf(batch.hash, (source) => source.manifest(batch, signal)),
    segment: (hash, signal) => firstOf(hash, (source) => source.segment(hash, signal)),
  };
}

/** What an archive said, or `undefined` where it does not answer: whoever withholds data may do it either way. */
export async function orNothing<T>(answer: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isPondproofError(error, "ARCHIVE_UNREACHABLE")) return undefined;
    throw error;
  }
}

/** A hash as names of files and routes have it: 64 hex digits. */
export function nameOfHash(hash: Uint8Array): string {
  return toHex(hash).slice(2);
}
