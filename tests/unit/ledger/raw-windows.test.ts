import { p256 } from "@noble/curves/nist.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOfKey } from "../../../ledger/client.ts";
import { possessionDigest, registerTransaction, streamOfKey } from "../../../ledger/devices.ts";
import {
  commitTransaction,
  committedAtS,
  extendRawWindow,
  openRawWindow,
  partsOf,
  rawCursor,
} from "../../../ledger/raw-windows.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { CHAIN_BEGIN_MS, CHAIN_STEP_MS, signedChain } from "../protocol/signed-places.ts";
import { keyOf, startTestChain, type TestChain } from "./chain.ts";

const signal = new AbortController().signal;
const secretKey = sha256(new TextEncoder().encode("a probe"));
const probe = { secretKey, publicKey: p256.getPublicKey(secretKey, false).slice(1) };
const frames = signedChain(probe, 12);
const window = { fromMs: CHAIN_BEGIN_MS + CHAIN_STEP_MS, toMs: CHAIN_BEGIN_MS + 10 * CHAIN_STEP_MS };

let chain: TestChain;
let farmer: Awaited<ReturnType<TestChain["connect"]>>;
let streamId: string;

beforeAll(async () => {
  chain = await startTestChain({ genesisMs: Date.parse("2027-02-01T00:00:00Z") });
  farmer = await chain.connect("farmer");
  const { deployment } = chain;
  streamId = streamOfKey(deployment, probe.publicKey);
  const registrar = await chain.connect("registrar");
  const owner = addressOfKey(keyOf("farmer"));
  const signature = p256.sign(possessionDigest(deployment, owner), secretKey, { prehash: false });
  const { publicKey } = probe;
  await registrar.account.submit(
    await registerTransaction(registrar, { publicKey, owner, signature }),
    signal,
  );
  registrar.close();
});
afterAll(async () => {
  farmer.close();
  await chain.close();
});

describe("a window shown in parts", () => {
  it("is whole after its last part, and says how far it is", async () => {
    const id = await openRawWindow(farmer, { streamId, ...window, signal });
    const parts = partsOf(frames, 5);
    expect(parts.map(({ length }) => length / 160)).toEqual([5, 5, 2]);
    const seen: unknown[] = [];
    const onProgress = (progress: unknown) => seen.push(progress);
    expect(await extendRawWindow(farmer, { id, parts, signal, onProgress })).toEqual({ complete: true });
    expect(seen).toEqual([
      { part: 0, of: 3, frames: 0 },
      { part: 1, of: 3, frames: 5 },
      { part: 2, of: 3, frames: 10 },
      { part: 3, of: 3, frames: 12 },
    ]);
    const prover = addressOfKey(keyOf("farmer"));
    expect(await rawCursor(farmer, id)).toEqual({ prover, frames: 12, nextSeq: 12, complete: true });
  });

  it("goes on where the ledger stands after a failure, and never shows a part twice", async () => {
    const id = await openRawWindow(farmer, { streamId, ...window, signal });
    const parts = partsOf(frames, 4);
    const broken = parts.with(
      1,
      Uint8Array.from(parts[1]!, (byte, i) => (i === 140 ? byte ^ 1 : byte)),
    );
    await expect(extendRawWindow(farmer, { id, parts: broken, signal })).rejects.toMatchObject({
      code: "LEDGER_REVERTED",
      facts: { error: "NotSigned" },
    });
    expect(await rawCursor(farmer, id)).toMatchObject({ frames: 4, nextSeq: 4, complete: false });

    const recut = extendRawWindow(farmer, { id, parts: partsOf(frames, 3), signal });
    await expect(recut).rejects.toMatchObject({ code: "INVALID_ARGUMENT", facts: { expectedFrom: 4 } });
    expect(await extendRawWindow(farmer, { id, parts: parts.slice(0, 2), signal })).toEqual({
      complete: false,
    });
    expect(await extendRawWindow(farmer, { id, parts, signal })).toEqual({ complete: true });
    expect(await extendRawWindow(farmer, { id, parts, signal })).toEqual({ complete: true });
  });

  it("is not to be had under a number that nobody opened", async () => {
    expect(await rawCursor(farmer, 999n)).toBeUndefined();
    await expect(extendRawWindow(farmer, { id: 999n, parts: [], signal })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("is as old as the commitments to its parts", async () => {
    const [part] = partsOf(frames);
    expect(await committedAtS(farmer, part!)).toBeUndefined();
    await farmer.account.submit(await commitTransaction(farmer, part!), signal);
    expect(await committedAtS(farmer, part!)).toBe((await farmer.head()).timestamp);
  });
});
