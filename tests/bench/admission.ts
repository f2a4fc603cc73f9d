import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createGateway } from "../../edge/gateway.ts";
import { silentLog } from "../../edge/log.ts";
import { systemClock } from "../../edge/system-clock.ts";
import { concatBytes, toHex } from "../../protocol/bytes.ts";
import { connectionBytes } from "../../protocol/signature.ts";
import { createProbe, type Probe, signedPositions } from "../unit/protocol/signed-stream.ts";
import { compare, type Measurement } from "./measurement.ts";
import { opensslRate } from "./openssl.ts";
import type { Sender, SenderTask } from "./senders.ts";

const SITE = "bench";
const PROBES = 8;
const WARM_UP = 1_024;
const IN_BLOCKS = 4_096;
const ALONE = 1_024;
/** As many frames in a message as the topic allows, which is what a reader sends after an outage. */
const BLOCK = 64;
const VERIFICATIONS = 16_384;

/** Frames a second from a probe's publish to the acknowledgement of their commit, beside OpenSSL on the same cores. */
export async function benchAdmission(): Promise<Measurement[]> {
  const probes = Array.from({ length: PROBES }, () => {
    const probe = createProbe();
    return { probe, frames: framesOf(probe, WARM_UP + IN_BLOCKS + ALONE) };
  });
  const dataDir = await mkdtemp(join(tmpdir(), "pondproof-bench-"));
  const gateway = createGateway({
    site: SITE,
    dataDir,
    clock: systemClock,
    ports: { mqtt: 0, http: 0 },
    earliestMs: 0,
    holdingMs: 60_000,
    token: "bench",
    clockTrust: () => ({ trusted: true, source: "bench", errorBoundMs: null }),
    log: silentLog,
    // What is measured is the work, not the brake on a single probe.
    limits: { tokensPerSecond: 1_000_000, burstTokens: 1_000_000 },
  });
  const worker = new Worker(new URL("./senders.ts", import.meta.url));
  try {
    await gateway.start();
    for (const { probe } of probes) gateway.pair({ publicKey: probe.publicKey, periodMs: 60_000 });
    const senders = probes.map(({ probe, frames }) => senderOf(probe, frames));
    const url = `mqtt://127.0.0.1:${gateway.ports.mqtt}`;
    await perform(worker, { kind: "connect", url, site: SITE, senders, windowFrames: 1_024 });
    await perform(worker, { kind: "send", untilSeq: WARM_UP, perMessage: BLOCK });

    const { probe, frames } = probes[0]!;
    const openssl = () => opensslRate({ publicKey: probe.publicKey, frames, count: VERIFICATIONS });
    // Before and after: what else the machine does meanwhile weighs on both sides of the ratio.
    const before = await openssl();
    const inBlocks = await framesPerSecond(worker, { from: WARM_UP, frames: IN_BLOCKS, perMessage: BLOCK });
    const after = await openssl();
    const alone = await framesPerSecond(worker, { from: WARM_UP + IN_BLOCKS, frames: ALONE, perMessage: 1 });
    const { stored } = gateway.stats().verdicts;
    const expected = PROBES * (WARM_UP + IN_BLOCKS + ALONE);
    if (stored !== expected) throw new Error(`stored ${stored} of ${expected} frames`);
    await perform(worker, { kind: "end" });

    const verifications = (before + after) / 2;
    const comparedTo = { name: "OpenSSL P-256 verifications/s on all cores", value: verifications };
    return [
      compare({
        name: `frames admitted end to end, ${BLOCK} a message`,
        value: inBlocks,
        unit: "frames/s",
        comparedTo,
        goal: { atLeast: 0.5 },
      }),
      compare({
        name: "frames admitted end to end, 1 a message",
        value: alone,
        unit: "frames/s",
        comparedTo,
      }),
    ];
  } finally {
    await worker.terminate();
    await gateway.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function framesPerSecond(
  worker: Worker,
  { from, frames, perMessage }: { from: number; frames: number; perMessage: number },
): Promise<number> {
  const startMs = performance.now();
  await perform(worker, { kind: "send", untilSeq: from + frames, perMessage });
  return (1000 * PROBES * frames) / (performance.now() - startMs);
}

async function perform(worker: Worker, task: SenderTask): Promise<void> {
  worker.postMessage(task);
  await once(worker, "message");
}

function framesOf(probe: Probe, size: number): Uint8Array[] {
  return signedPositions({ probe, size }).flatMap((position) =>
    position.kind === "reading" ? [position.frame] : [],
  );
}

function senderOf(probe: Probe, frames: readonly Uint8Array[]): Sender {
  const device = toHex(probe.device).slice(2);
  const clientId = `${device}-bench`;
  const password = Buffer.from(probe.sign(connectionBytes({ site: SITE, clientId }))).toString("base64url");
  return { device, login: { clientId, password }, frames: concatBytes(...frames) };
}
