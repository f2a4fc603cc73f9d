import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EvaluationHint } from "../../../../portal/api.ts";
import { createChainReader } from "../../../../portal/web/chain.ts";
import { createSignatureCheck } from "../../../../portal/web/signature-check.ts";
import { triggerLines } from "../../../../portal/web/trigger.ts";
import { fromHex, toHex } from "../../../../protocol/bytes.ts";
import { type VerifySteps, verifyClaim } from "../../../../protocol/claim-check.ts";
import type { EvidenceJson } from "../../../../protocol/evidence.ts";
import { FRAME_BYTES } from "../../../../protocol/record.ts";
import { lowS } from "../../../../protocol/signature.ts";
import { makeLedger, serveNode } from "../fixture/ledger.ts";
import { batches, makeTerms, probes, windows } from "../fixture/story.ts";
import { evidenceOf } from "../fixture/streams.ts";

type Node = Awaited<ReturnType<typeof serveNode>>;
const { signal } = new AbortController();

describe("the check of a claim", () => {
  let node: Node;
  let ledger: ReturnType<typeof makeLedger>;

  beforeAll(async () => {
    ledger = makeLedger();
    node = await serveNode(ledger);
  });
  afterAll(() => node.close());

  const hint: EvaluationHint = { ...windows.east, batch: 3, streamIds: makeTerms("east").probes.slice(0, 2) };

  async function verify({
    tamper = (evidence: EvidenceJson): unknown => evidence,
    rpc = node.deployment.rpc,
    id = "2",
    subtle = crypto.subtle as SubtleCrypto | undefined,
  } = {}) {
    const seen: VerifySteps[] = [];
    const chain = createChainReader({ rpc, deployment: node.deployment, signal });
    const verified = await verifyClaim({
      claim: { id, policy: "2" },
      hint,
      deployment: node.deployment,
      chain,
      verifySignature: await createSignatureCheck(subtle),
      onSteps: (steps) => seen.push(steps),
      async fetchEvidence({ streamId, batch, ...window }) {
        const probe = probes.find((candidate) => toHex(candidate.streamId) === streamId)!;
        return tamper(evidenceOf(probe, batches[batch! - 1]!, window));
      },
    });
    return { ...verified, seen };
  }

  it("holds for true readings, and comes to the contract's result by itself", async () => {
    const { ok, steps, facts } = await verify();
    expect(ok).toBe(true);
    expect(Object.values(steps).map(({ status }) => status)).toEqual(Array(8).fill("ok"));
    expect(steps.signatures).toMatchObject({ checked: 116 });
    expect(facts).toMatchObject({ window: windows.east, evaluated: { payoutBps: 4_000, amount: 600_000n } });
    expect(facts!.terms).toEqual(makeTerms("east"));
  });

  it("shows its progress", async () => {
    const { seen } = await verify();
    const shares = seen.flatMap(({ signatures }) =>
      signatures.status === "running" ? [signatures.share] : [],
    );
    expect(shares.length).toBeGreaterThan(100);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it("comes to the same without the browser's cryptography", async () => {
    expect((await verify({ subtle: undefined })).ok).toBe(true);
  });

  it("fails where one bit of a raw reading was changed, and says at which", async () => {
    const { ok, steps, facts } = await verify({
      tamper: (evidence) => flip(evidence, 20 * FRAME_BYTES + 35),
    });
    expect(ok).toBe(false);
    expect(facts).toBeUndefined();
    expect(steps.tree).toMatchObject({
      status: "failed",
      problem: "the raw readings do not give the anchored tree",
      seq: expect.any(Number),
      streamId: hint.streamIds[0],
    });
    expect(steps.signatures.status).toBe("waiting");
  });

  it.each([
    ["no evidence", () => undefined, "fetch", "no-evidence"],
    ["something that is no evidence", () => ({ frames: 1 }), "fetch", expect.any(String)],
    [
      "another window",
      (evidence: EvidenceJson) => ({ ...evidence, toMs: evidence.toMs + 1 }),
      "fetch",
      "other-evidence",
    ],
    ["another batch", (evidence: EvidenceJson) => ({ ...evidence, batch: 2 }), "fetch", "other-evidence"],
    [
      "another root",
      (evidence: EvidenceJson) => ({ ...evidence, root: `0x${"00".repeat(32)}` }),
      "ledger",
      "the stream's root is not what the ledger holds",
    ],
    [
      "another key",
      (evidence: EvidenceJson) => ({ ...evidence, publicKey: toHex(probes[0]!.publicKey) }),
      "ledger",
      "the key does not belong to this stream",
    ],
    [
      "a reading less",
      (evidence: EvidenceJson) => ({ ...evidence, frames: evidence.frames.slice(0, -2 * FRAME_BYTES) }),
      "tree",
      expect.any(String),
    ],
  ] as const)("fails on %s", async (_, tamper, step, problem) => {
    const { ok, steps } = await verify({ tamper });
    expect(ok).toBe(false);
    expect(steps[step]).toMatchObject({ status: "failed", problem });
  });

  it("fails when the contract's result is another than the readings give", async () => {
    const event = ledger.claimList[1]!.history[0]! as { payoutBps: number; amount: bigint };
    event.payoutBps = 7_000;
    event.amount = 1_050_000n;
    const { steps } = await verify();
    Object.assign(event, { payoutBps: 4_000, amount: 600_000n });
    expect(steps.result).toMatchObject({ status: "failed", problem: "other-result" });
  });

  it("fails for a claim that the ledger does not know", async () => {
    expect((await verify({ id: "77" })).steps.terms).toMatchObject({ problem: "no-evaluation" });
  });

  it("fails at the first step when the node does not answer", async () => {
    expect((await verify({ rpc: "http://127.0.0.1:9" })).steps.terms).toMatchObject({ problem: "no-node" });
  });

  it("fails at a node of another ledger", async () => {
    const other = createServer((_, response) => {
      response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: "0x1" }));
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { steps } = await verify({ rpc: `http://127.0.0.1:${port}` });
    await new Promise((resolve) => other.close(resolve));
    expect(steps.terms).toMatchObject({ problem: "other-chain" });
  });

  it("gives every line of the trigger its numbers", async () => {
    const { facts } = await verify();
    const { terms, coverFromMs, window, evaluated } = facts!;
    const peril = terms.perils[evaluated.peril]!;
    const lines = triggerLines({
      terms,
      peril,
      tier: peril.tiers[1]!,
      coverFromMs,
      toMs: window.toMs,
      probes: facts!.probes.map(({ evidence }) => evidence),
    });
    expect(lines.every(({ shown }) => shown.length > 0 && shown.every(({ ok }) => ok))).toBe(true);
    const tooHigh = triggerLines({
      terms,
      peril,
      tier: peril.tiers[2]!,
      coverFromMs,
      toMs: window.toMs,
      probes: facts!.probes.map(({ evidence }) => evidence),
    });
    expect(tooHigh.filter(({ shown }) => shown.some(({ ok }) => !ok)).map(({ rule }) => rule)).toEqual([
      "duration",
    ]);
  });
});

describe("a signature check", () => {
  const [reading] = probes[0]!.readings;
  const record = reading!.frame.subarray(0, 96);
  const signature = reading!.frame.subarray(96);

  it.each([
    ["the browser's cryptography", crypto.subtle as SubtleCrypto | undefined],
    ["JavaScript", undefined],
  ])("with %s takes the probe's own signature, high or low, and no other", async (_, subtle) => {
    const check = await createSignatureCheck(subtle);
    const key = probes[0]!.publicKey;
    expect(await check(record, signature, key)).toBe(true);
    expect(await check(record, highS(signature), key)).toBe(true);
    expect(lowS(highS(signature))).toEqual(signature);
    expect(await check(record, signature, probes[1]!.publicKey)).toBe(false);
    expect(await check(record, signature, new Uint8Array(64).fill(1))).toBe(false);
    const altered = record.slice();
    altered[40]! ^= 1;
    expect(await check(altered, signature, key)).toBe(false);
  });
});

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function highS(signature: Uint8Array): Uint8Array {
  const s = BigInt(toHex(signature.slice(32)));
  return new Uint8Array([...signature.slice(0, 32), ...fromHex((ORDER - s).toString(16).padStart(64, "0"))]);
}

function flip(evidence: EvidenceJson, at: number): EvidenceJson {
  const frames = fromHex(evidence.frames);
  frames[at]! ^= 1;
  return { ...evidence, frames: toHex(frames) };
}
