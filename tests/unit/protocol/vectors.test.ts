import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex } from "../../../protocol/bytes.ts";
import { createDirectory, verifyDirectory } from "../../../protocol/directory.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { holeLeaf, readingLeaf, streamIdOf } from "../../../protocol/node.ts";
import { decodeRecord, encodeRecord } from "../../../protocol/record.ts";
import {
  chainHash,
  deviceId,
  lowS,
  READING_PREFIX,
  registrationBytes,
  registrationPayload,
  signRecord,
  verifyDigest,
  verifyRecord,
} from "../../../protocol/signature.ts";
import { createNodeMemory, createStreamTree, heightOf } from "../../../protocol/tree.ts";
import { proveWindow, verifyWindow } from "../../../protocol/window.ts";
import { vectorNode, vectors } from "../../vectors/vectors.ts";

const publicKey = concatBytes(fromHex(vectors.key.x), fromHex(vectors.key.y));
const streamId = fromHex(vectors.streamId);

function vectorTree() {
  const tree = createStreamTree({ streamId, store: createNodeMemory() });
  for (const entry of vectors.records) {
    const leaf =
      "hole" in entry
        ? holeLeaf(streamId, entry.seq, entry.hole)
        : readingLeaf(streamId, entry.seq, concatBytes(fromHex(entry.record), fromHex(entry.signature)));
    tree.append(leaf);
  }
  return tree;
}

describe("the protocol's published vectors", () => {
  it("give the device id, the stream id and the signed prefix", () => {
    expect(toHex(deviceId(publicKey))).toBe(vectors.key.device);
    expect(
      toHex(streamIdOf({ chainId: vectors.chainId, deviceRegistry: vectors.deviceRegistry, publicKey })),
    ).toBe(vectors.streamId);
    expect(toHex(READING_PREFIX)).toBe(vectors.prefix);
  });

  it("give every record's bytes back from its decoded reading, in a chain", () => {
    let previous: { seq: number; hash: Uint8Array } | undefined;
    for (const entry of vectors.records) {
      if ("hole" in entry) continue;
      const record = fromHex(entry.record);
      const reading = decodeRecord(record);
      expect(reading.seq).toBe(entry.seq);
      expect(toHex(encodeRecord(reading))).toBe(entry.record);
      if (previous?.seq === entry.seq - 1) expect(toHex(reading.prev)).toBe(toHex(previous.hash));
      previous = { seq: entry.seq, hash: chainHash(record) };
    }
  });

  it("carry signatures that verify, and that deterministic signing makes again", () => {
    for (const entry of vectors.records) {
      if ("hole" in entry) continue;
      const record = fromHex(entry.record);
      expect(verifyRecord(record, fromHex(entry.signature), publicKey)).toBe(true);
      expect(toHex(signRecord(record, fromHex(vectors.key.private)))).toBe(entry.signature);
    }
  });

  it("accept the high form of s and normalise it to the stored one", () => {
    const signature = fromHex(vectors.highS.signature);
    expect(verifyRecord(fromHex(vectors.highS.record), signature, publicKey)).toBe(vectors.highS.valid);
    const first = vectors.records[0];
    expect(first !== undefined && "signature" in first && toHex(lowS(signature)) === first.signature).toBe(
      true,
    );
  });

  it("give every node of the tree", () => {
    const tree = vectorTree();
    expect(tree.size).toBe(vectors.tree.size);
    expect(heightOf(tree.size)).toBe(vectors.tree.height);
    vectors.tree.levels.forEach((nodes, level) => {
      nodes.forEach((node, index) => {
        const expected = vectorNode(node);
        const got = tree.node(level, index);
        expect(toHex(got.body)).toBe(toHex(expected.body));
        expect(toHex(got.digest)).toBe(toHex(expected.digest));
      });
    });
    expect(toHex(tree.root().digest)).toBe(vectors.tree.root);
  });

  it("make a tree of one leaf that leaf", () => {
    expect(toHex(vectorTree().root(1).digest)).toBe(vectors.single.treeRoot);
    const alone = createDirectory([{ streamId, size: 1, root: fromHex(vectors.single.treeRoot) }]);
    expect(toHex(alone.root)).toBe(vectors.single.directoryRoot);
  });

  it("give the directory and its proofs", () => {
    const entries = vectors.directory.entries.map(({ streamId, size, root }) => ({
      streamId: fromHex(streamId),
      size,
      root: fromHex(root),
    }));
    const directory = createDirectory(entries.toReversed());
    expect(toHex(directory.root)).toBe(vectors.directory.root);
    for (const entry of entries) {
      const proof = directory.prove(entry.streamId);
      expect(verifyDirectory({ entry, proof, streamCount: entries.length, root: directory.root })).toBe(true);
      expect(
        verifyDirectory({
          entry: { ...entry, size: entry.size + 1 },
          proof,
          streamCount: entries.length,
          root: directory.root,
        }),
      ).toBe(false);
      expect(verifyDirectory({ entry, proof, streamCount: 2, root: directory.root })).toBe(false);
    }
    expect(directory.prove(entries[2]!.streamId).siblings.map(toHex)).toEqual([
      toHex(new Uint8Array(32)),
      vectors.directory.rows[1]![0],
    ]);
  });

  it("give both windows, as the same proof bytes and the same aggregates", () => {
    const tree = vectorTree();
    for (const { from, to, proof, result } of vectors.windows) {
      expect(toHex(proveWindow(tree, { fromMs: from, toMs: to }))).toBe(proof);
      const window = verifyWindow({
        streamId,
        size: tree.size,
        root: tree.root().digest,
        fromMs: from,
        toMs: to,
        walk: fromHex(proof),
      });
      const { before: _, mins, maxs, ...rest } = window;
      expect({ ...rest, mins: toHex(mins), maxs: toHex(maxs) }).toEqual(result);
    }
  });

  it("give the registration payload and accept its signature", () => {
    const { owner, payload, signedBytes, signature } = vectors.register;
    const { chainId, deviceRegistry: registry } = vectors;
    expect(toHex(registrationPayload({ chainId, registry, owner }))).toBe(payload);
    expect(toHex(registrationBytes(fromHex(payload)))).toBe(signedBytes);
    expect(verifyDigest(sha256(fromHex(signedBytes)), fromHex(signature), publicKey)).toBe(true);
  });
});
