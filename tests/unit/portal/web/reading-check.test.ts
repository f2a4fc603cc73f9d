import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainReader } from "../../../../portal/web/chain.ts";
import { checkReading, READING_STEPS } from "../../../../portal/web/reading-check.ts";
import { fieldsOf, flagNamesIn } from "../../../../portal/web/record-fields.ts";
import { createSignatureCheck } from "../../../../portal/web/signature-check.ts";
import { equalBytes, toHex } from "../../../../protocol/bytes.ts";
import { FLAG, FRAME_BYTES } from "../../../../protocol/record.ts";
import type { Hex } from "../../../../protocol/terms.ts";
import { batches, probesOf } from "../fixture/story.ts";
import { TOKEN } from "../fixture/upstreams.ts";
import { startWorld } from "../fixture/world.ts";

const probe = probesOf("east")[1]!;
const streamId = toHex(probe.streamId) as Hex;
const { signal } = new AbortController();
const hole = probe.holes[0]!;

describe("the check of a single reading", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** Checks a reading, after `change` has altered what the archive answers at a path. */
  async function check(
    seq: number,
    { change = (_: string, answer: unknown) => answer, batch = batches.length, stream = streamId } = {},
  ) {
    const { deployment } = world.node;
    const steps: string[] = [];
    const result = await checkReading({
      batch,
      streamId: stream,
      seq,
      deployment,
      chain: createChainReader({ rpc: deployment.rpc, deployment, signal }),
      verifySignature: await createSignatureCheck(crypto.subtle),
      async fetchJson(path) {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const answer = await fetch(world.oracle.url + path, { headers });
        return answer.ok ? change(path, await answer.json()) : undefined;
      },
      onStep: (step) => steps.push(step),
    });
    return { result, steps };
  }

  it("comes from the ledger's root to the bytes that the probe signed", async () => {
    for (const seq of [0, 1, 600]) {
      const { result, steps } = await check(seq);
      expect(steps).toEqual(READING_STEPS);
      expect(result.kind).toBe("reading");
      const { frame } = probe.readings.find((reading) => reading.seq === seq)!;
      expect(result.kind === "reading" && equalBytes(result.frame, frame)).toBe(true);
    }
  });

  it("says why there is none where the batch says that there is none", async () => {
    expect((await check(hole)).result).toMatchObject({ kind: "hole", reason: "not-received" });
  });

  it("does not know a reading that no batch holds", async () => {
    expect((await check(5_000)).result).toEqual({ kind: "not-anchored" });
  });

  it.each([
    [
      "a frame with one bit changed",
      /nodes\/0\/600$/,
      "path",
      (answer: { below: string }) => ({ ...answer, below: flip(answer.below, 100) }),
    ],
    [
      "an inner node that says other minima",
      /nodes\/5\//,
      "path",
      (answer: { mins: string }) => ({ ...answer, mins: flip(answer.mins, 10) }),
    ],
    [
      "a directory with another size",
      /directory$/,
      "directory",
      (answer: { entries: { size: number }[] }) => ({
        ...answer,
        entries: answer.entries.map((entry, i) => (i === 0 ? { ...entry, size: entry.size + 1 } : entry)),
      }),
    ],
    [
      "another probe's key",
      /v1\/streams$/,
      "key",
      (answer: { x: string; y: string }[]) =>
        answer.map((entry, i) => ({ ...entry, x: answer[(i + 1) % answer.length]!.x })),
    ],
    ["no directory", /directory$/, "archive", () => undefined],
    ["something else instead of a directory", /directory$/, "archive", () => ["nonsense"]],
  ])("refuses %s", async (_, where, step, change) => {
    const { result } = await check(600, {
      change: (path, answer) => (where.test(path) ? change(answer as never) : answer),
    });
    expect(result).toMatchObject({ kind: "failed", step });
  });

  it("does not believe a batch that the ledger does not know", async () => {
    expect((await check(0, { batch: 99 })).result).toEqual({ kind: "failed", step: "ledger" });
  });

  it("does not know a stream that the batch does not have", async () => {
    const { result } = await check(0, { stream: `0x${"ab".repeat(32)}` });
    expect(result).toEqual({ kind: "failed", step: "directory" });
  });
});

describe("the fields of a frame", () => {
  it("cover every byte once, in order", () => {
    const { frame } = probe.readings[0]!;
    const fields = fieldsOf(frame);
    expect(fields.map(({ from }) => from)).toEqual([0, ...fields.slice(0, -1).map(({ to }) => to + 1)]);
    expect(fields.at(-1)!.to).toBe(FRAME_BYTES - 1);
    expect(`0x${fields.map(({ hex }) => hex).join("")}`).toBe(toHex(frame));
  });

  it("name every state that a probe can say", () => {
    expect(flagNamesIn(0)).toEqual([]);
    expect(flagNamesIn(FLAG.tampered | FLAG.simulated)).toEqual(["tampered", "simulated"]);
  });
});

/** Hex with one bit of one byte changed. */
function flip(hex: string, byte: number): string {
  const at = 2 + 2 * byte;
  const changed = (Number.parseInt(hex.slice(at, at + 2), 16) ^ 1).toString(16).padStart(2, "0");
  return hex.slice(0, at) + changed + hex.slice(at + 2);
}
