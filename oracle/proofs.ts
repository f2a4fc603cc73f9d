import { createDirectory, type Directory, type DirectoryProof } from "../protocol/directory.ts";
import { PondproofError } from "../protocol/errors.ts";
import { type Evidence, evidenceRange } from "../protocol/evidence.ts";
import { proveWindow, verifyWindow, type Window, type WindowResult } from "../protocol/window.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream-store.ts";

/** A window of one stream, proven from a batch's root, and what it proves. */
export type Proof = Window & {
  streamId: Uint8Array;
  batch: number;
  size: number;
  root: Uint8Array;
  directory: DirectoryProof;
  walk: Uint8Array;
  result: WindowResult;
};

/** Makes proofs and evidence out of what is in the store. */
export type Prover = {
  /** @throws NO_READING_BESIDE_WINDOW, UNKNOWN_STREAM, STREAM_VOID */
  prove(request: Window & { stream: Stream; batch: number; showBefore: boolean }): Proof;
  /**
   * The proof of a window together with all raw readings below it.
   * @throws NO_READING_BESIDE_WINDOW, UNKNOWN_STREAM, STREAM_VOID, WINDOW_TOO_LONG
   */
  evidence(request: Window & { stream: Stream; batch: number; maxPositions: number }): Evidence;
};

export function createProver({ store }: { store: Store }): Prover {
  let newest: { batch: number; directory: Directory } | undefined;

  /** Proofs come many to a batch: the probes of a pond are shown together. */
  const directoryOf = (batch: number): Directory => {
    if (newest?.batch !== batch) {
      const entries = store.batches.entriesAt(batch);
      if (entries.length === 0) throw new PondproofError("UNKNOWN_BATCH", { batch });
      newest = { batch, directory: createDirectory(entries) };
    }
    return newest.directory;
  };

  const prove: Prover["prove"] = ({ stream, batch, fromMs, toMs, showBefore }) => {
    const { streamId, device, voidedThrough } = stream;
    if (batch <= voidedThrough) throw new PondproofError("STREAM_VOID", { batch, voidedThrough });
    const directory = directoryOf(batch).prove(streamId);
    const size = store.batches.sizeAt(device, batch);
    const tree = store.streams.tree(stream);
    const root = tree.root(size).digest;
    const walk = proveWindow(tree, { fromMs, toMs, size, showBefore });
    const result = verifyWindow({ streamId, size, root, fromMs, toMs, walk });
    return { streamId, fromMs, toMs, batch, size, root, directory, walk, result };
  };

  return {
    prove,
    evidence({ stream, batch, fromMs, toMs, maxPositions }) {
      const { result, ...proof } = prove({ stream, batch, fromMs, toMs, showBefore: true });
      if (result.count + result.missing > maxPositions) {
        throw new PondproofError("WINDOW_TOO_LONG", {
          positions: result.count + result.missing,
          limit: maxPositions,
        });
      }
      const range = evidenceRange(proof);
      const positions = store.streams.positions(stream.device, range);
      return { ...proof, publicKey: stream.publicKey, firstSeq: range.from, positions };
    },
  };
}
