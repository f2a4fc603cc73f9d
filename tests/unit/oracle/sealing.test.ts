import { describe, expect, it } from "vitest";
import { createSealer } from "../../../oracle/sealing.ts";
import { openStore, type Store } from "../../../oracle/store.ts";
import { concatBytes, fromHex, toHex } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { decodeManifest } from "../../../protocol/manifest.ts";
import { makeChain, makeKey, sign } from "../../factories.ts";
import { vectors } from "../../vectors/vectors.ts";
import { makeDir } from "./world.ts";

const identity = { chainId: vectors.chainId, batchLedger: "0xbb", genesis: "0x01" };
const NOW_MS = Date.UTC(2030, 0, 1);

function makeStore(dir: string): Store & Disposable {
  const { store } = openStore({ dir, identity });
  return { ...store, [Symbol.dispose]: store.close };
}

describe("a sealed batch", () => {
  it("holds the tree of the protocol's vectors, however it is cut into batches", async () => {
    const publicKey = concatBytes(fromHex(vectors.key.x), fromHex(vectors.key.y));
    const name = vectors.key.device.slice(2);
    for (const limit of [1, 4, 13]) {
      using folder = makeDir();
      using store = makeStore(folder.dir);
      store.streams.register({ name, streamId: fromHex(vectors.streamId), publicKey });
      for (const it of vectors.records) {
        const position =
          "hole" in it
            ? { kind: "hole" as const, reason: it.hole }
            : { kind: "reading" as const, frame: concatBytes(fromHex(it.record), fromHex(it.signature)) };
        store.streams.receive({ name, seq: it.seq, position });
      }
      const sealer = createSealer({ store });
      while ((await sealer.seal({ limit, nowMs: NOW_MS })) !== undefined);
      expect(store.batches.last()).toBe(Math.ceil(13 / limit));
      const [entry] = store.batches.entriesAt(store.batches.last());
      expect([entry!.size, toHex(entry!.root)]).toEqual([vectors.tree.size, vectors.tree.root]);
      const [stream] = store.streams.all();
      expect(stream!.readings).toBe(vectors.records.filter((it) => !("hole" in it)).length);
    }
  });

  it("names what it adds in a manifest whose hashes open the archive", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const key = makeKey("manifest");
    const frames = makeChain({ key, count: 6 });
    const streamId = sha256(key.publicKey);
    store.streams.register({ name: key.device, streamId, publicKey: key.publicKey });
    for (const [seq, frame] of frames.entries()) {
      const position =
        seq === 4 ? ({ kind: "hole", reason: 2 } as const) : ({ kind: "reading", frame } as const);
      store.streams.receive({ name: key.device, seq, position });
    }
    const sealer = createSealer({ store });
    await sealer.seal({ limit: 3, nowMs: NOW_MS });
    await sealer.seal({ limit: 3, nowMs: NOW_MS });
    const batch = store.batches.find(2)!;
    expect(batch.manifestHash).toEqual(sha256(batch.manifest));
    expect(batch).toMatchObject({ readings: 5, streamCount: 1, state: "sealed", transaction: undefined });
    const segment = sha256(concatBytes(frames[3]!, frames[5]!));
    expect(decodeManifest(batch.manifest)).toEqual({
      number: 2,
      streams: [{ streamId, from: 3, to: 5, holes: [{ seq: 4, reason: 2 }], frames: segment }],
    });
    expect(store.batches.segment(segment)).toMatchObject({ from: 3, to: 5 });
    expect([0, 2, 3, 5, 6].map((seq) => store.batches.holding(1, seq))).toEqual([1, 1, 2, 2, undefined]);
  });

  it("holds nothing that a challenge would convict", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const key = makeKey("convict");
    const [first, second, third, fourth, fifth] = makeChain({ key, count: 5 });
    const changed = (frame: Uint8Array, at: number) => {
      const record = frame.slice(0, 96);
      record[at]! ^= 1;
      return sign(key, record);
    };
    const unsigned = fourth!.slice();
    unsigned[100]! ^= 1;
    const frames = [first!, changed(second!, 70), changed(third!, 2), unsigned, fifth!];
    store.streams.register({ name: key.device, streamId: sha256(key.publicKey), publicKey: key.publicKey });
    for (const [seq, frame] of frames.entries())
      store.streams.receive({ name: key.device, seq, position: { kind: "reading", frame } });
    const sealer = createSealer({ store });
    await sealer.seal({ limit: 10, nowMs: NOW_MS });
    expect(sealer.refused).toEqual({ "broken-chain": 1, malformed: 1, "bad-signature": 1 });
    expect(
      store.streams.positions(1, { from: 0, to: 4 }).map((it) => (it.kind === "hole" ? it.reason : 0)),
    ).toEqual([0, 4, 6, 3, 0]);
    // The refused frame can still be shown.
    expect(store.streams.receivedAt(key.device, 3)).toEqual({ kind: "reading", frame: unsigned });
  });

  it("takes no reading from the future into a tree", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const key = makeKey("future");
    const frames = makeChain({ key, count: 2, startMs: NOW_MS, periodMs: 300_001 });
    store.streams.register({ name: key.device, streamId: sha256(key.publicKey), publicKey: key.publicKey });
    for (const [seq, frame] of frames.entries())
      store.streams.receive({ name: key.device, seq, position: { kind: "reading", frame } });
    const sealer = createSealer({ store });
    await sealer.seal({ limit: 10, nowMs: NOW_MS });
    expect(sealer.refused).toEqual({ "impossible-time": 1 });
  });

  it("keeps back what is later than the ledger, however far ahead its own clock is", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const key = makeKey("ahead");
    const ledgerMs = NOW_MS - 3_600_000;
    const frames = makeChain({ key, count: 4, startMs: ledgerMs + 299_000, periodMs: 1_000 });
    store.streams.register({ name: key.device, streamId: sha256(key.publicKey), publicKey: key.publicKey });
    for (const [seq, frame] of frames.entries())
      store.streams.receive({ name: key.device, seq, position: { kind: "reading", frame } });
    const sealer = createSealer({ store });
    await sealer.seal({ limit: 10, nowMs: NOW_MS, ledgerMs });
    expect(store.streams.all()[0]).toMatchObject({ size: 2, readings: 2 });
    expect(await sealer.seal({ limit: 10, nowMs: NOW_MS, ledgerMs })).toBeUndefined();
    expect(await sealer.seal({ limit: 10, nowMs: NOW_MS, ledgerMs: ledgerMs + 2_000 })).toBe(2);
    expect(store.streams.all()[0]).toMatchObject({ size: 4, readings: 4 });
    expect(sealer.refused).toEqual({});
  });

  it("carries a voided stream whole, whatever its limit, and takes back what was sealed and not signed", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const keys = [makeKey("voided"), makeKey("beside it")];
    const streamIds = keys.map(({ publicKey }) => sha256(publicKey));
    for (const [i, key] of keys.entries()) {
      store.streams.register({ name: key.device, streamId: streamIds[i]!, publicKey: key.publicKey });
      for (const [seq, frame] of makeChain({ key, count: 9 }).entries())
        store.streams.receive({ name: key.device, seq, position: { kind: "reading", frame } });
    }
    const sealer = createSealer({ store });
    await sealer.seal({ limit: 8, nowMs: NOW_MS });
    store.batches.setTransaction(1, { raw: "0x", hash: "0x", nonce: 0 });
    store.batches.markAnchored(1, NOW_MS / 1000);
    const anchored = store.batches.entriesAt(1);
    await sealer.seal({ limit: 4, nowMs: NOW_MS });
    for (let repetition = 0; repetition < 2; repetition++) store.correct(streamIds[0]!, 1);

    expect(store.batches.last()).toBe(1);
    expect(store.batches.entriesAt(1)).toEqual(anchored);
    expect(sealer.pending()).toBe(9 + 5);
    expect(store.streams.find(streamIds[1]!)).toMatchObject({ size: 4, readings: 4 });
    const device = store.streams.find(streamIds[0]!)!.device;
    expect(store.batches.holding(device, 0)).toBeUndefined();
    expect(await sealer.seal({ limit: 1, nowMs: NOW_MS })).toBe(2);
    const ranges = decodeManifest(store.batches.find(2)!.manifest).streams.map(({ streamId, from, to }) => [
      toHex(streamId),
      from,
      to,
    ]);
    expect(ranges).toContainEqual([toHex(streamIds[0]!), 0, 8]);
    expect(ranges).toContainEqual([toHex(streamIds[1]!), 4, 4]);
    expect(store.batches.holding(device, 0)).toBe(2);
    expect(store.batches.find(2)).toMatchObject({ streamCount: 2, readings: 14 });
  });

  it("carries a stream whole that was voided before a batch that is taken back for another one", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const keys = [makeKey("void first"), makeKey("void next")];
    const streamIds = keys.map(({ publicKey }) => sha256(publicKey));
    for (const [i, key] of keys.entries()) {
      store.streams.register({ name: key.device, streamId: streamIds[i]!, publicKey: key.publicKey });
      for (const [seq, frame] of makeChain({ key, count: 9 }).entries())
        store.streams.receive({ name: key.device, seq, position: { kind: "reading", frame } });
    }
    const sealer = createSealer({ store });
    await sealer.seal({ limit: 18, nowMs: NOW_MS });
    store.batches.markAnchored(1, NOW_MS / 1000);
    const { frames } = decodeManifest(store.batches.find(1)!.manifest).streams[0]!;
    for (const streamId of streamIds) {
      store.correct(streamId, 1);
      expect(await sealer.seal({ limit: 18, nowMs: NOW_MS })).toBe(2);
    }
    const ranges = decodeManifest(store.batches.find(2)!.manifest).streams.map(({ from, to }) => [from, to]);
    expect(ranges).toEqual([
      [0, 8],
      [0, 8],
    ]);
    expect(store.batches.find(2)).toMatchObject({ streamCount: 2, readings: 18 });
    // The void batch can still be read by whoever wants to see what it was.
    expect(store.batches.segment(frames)).toMatchObject({ from: 0, to: 8 });
  });

  it("is sealed whole or not at all", async () => {
    using folder = makeDir();
    using store = makeStore(folder.dir);
    const key = makeKey("whole");
    store.streams.register({ name: key.device, streamId: sha256(key.publicKey), publicKey: key.publicKey });
    for (const [seq, frame] of makeChain({ key, count: 3 }).entries())
      store.streams.receive({ name: key.device, seq, position: { kind: "reading", frame } });
    const failing: Store = {
      ...store,
      batches: {
        ...store.batches,
        add() {
          throw new Error("the disk is full");
        },
      },
    };
    await expect(createSealer({ store: failing }).seal({ limit: 9, nowMs: NOW_MS })).rejects.toThrow("disk");
    expect(store.streams.all()[0]).toMatchObject({ size: 0, readings: 0, received: 3 });
    expect(await createSealer({ store }).seal({ limit: 9, nowMs: NOW_MS })).toBe(1);
  });
});
