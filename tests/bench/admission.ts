import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { createGateway } from "../../edge/gateway.ts";
import { silentLog } from "../../edge/log.ts";
import { systemClock } from "../../service/system-clock.ts";
import { createSitePki } from "../unit/edge/site-pki.ts";
import { createProbe } from "../unit/protocol/signed-stream.ts";
import { framesOf, perform, senderOf, startSenders } from "./fleet.ts";
import { compare, type Measurement, median } from "./measurement.ts";
import { opensslRate } from "./openssl.ts";

const SITE = "bench";
const PROBES = 8;
/** Frames that each probe sends: before anything is measured, and in each measured stretch. */
const WARM_UP = 1_024;
const STRETCH = 2_048;
/** Every kind of stretch is measured so often, and the middle one counts. */
const ROUNDS = 3;
/** As many frames in a message as the topic allows, which is what a reader sends after an outage. */
const BLOCK = 64;
const VERIFICATIONS = 8_192;

/** The goal for what comes in a flood, which is what a reader has kept over an outage; it sends that in blocks. */
const LEAST_RATIO = 0.7;

/**
 * Frames a second from a probe's publish to the acknowledgement of their commit, beside OpenSSL on the same cores; in the
 * clear, or through TLS with a certificate of each probe.
 */
export async function benchAdmission({ tls }: { tls: boolean }): Promise<Measurement[]> {
  const pki = tls ? await createSitePki(SITE) : undefined;
  const probes = Array.from({ length: PROBES }, () => {
    const probe = createProbe();
    return { probe, frames: framesOf(probe, WARM_UP + 2 * ROUNDS * STRETCH) };
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
    ...(pki === undefined ? {} : { tls: pki.broker }),
    // What is measured is the work, not the brake on a single probe.
    limits: { tokensPerSecond: 1_000_000, burstTokens: 1_000_000 },
  });
  const worker = startSenders();
  try {
    await gateway.start();
    for (const { probe } of probes) gateway.pair({ publicKey: probe.publicKey, periodMs: 60_000 });
    const senders = await Promise.all(
      probes.map(async ({ probe, frames }) => {
        const sender = senderOf(probe, frames, SITE);
        const certificate = await pki?.client(sender.device);
        return { ...sender, login: { ...sender.login, ...certificate } };
      }),
    );
    const url = `${tls ? "mqtts" : "mqtt"}://127.0.0.1:${gateway.ports.mqtt}`;
    await perform(worker, { kind: "connect", url, site: SITE, senders, windowFrames: 1_024 });
    await perform(worker, { kind: "send", untilSeq: WARM_UP, perMessage: BLOCK });

    const { probe, frames } = probes[0]!;
    const kinds = [
      { perMessage: BLOCK, measured: [] as Measurement[] },
      { perMessage: 1, measured: [] as Measurement[] },
    ];
    let sent = WARM_UP;
    for (let round = 0; round < ROUNDS; round++) {
      for (const { perMessage, measured } of kinds) {
        // Right before each stretch: what else the machine does then weighs on both sides of the ratio.
        const openssl = await opensslRate({ publicKey: probe.publicKey, frames, count: VERIFICATIONS });
        sent += STRETCH;
        const admitted = await framesPerSecond(worker, { untilSeq: sent, perMessage });
        measured.push(besideOpenssl(perMessage, admitted, openssl));
      }
    }
    await perform(worker, { kind: "end" });
    const { stored } = gateway.stats().verdicts;
    if (stored !== PROBES * sent) throw new Error(`stored ${stored} of ${PROBES * sent} frames`);
    const [inBlocks, alone] = kinds.map(({ measured }) => median(measured));
    return [{ ...inBlocks!, goal: { atLeast: LEAST_RATIO } }, alone!];
  } finally {
    await worker.terminate();
    await gateway.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function besideOpenssl(
  perMessage: number,
  framesPerSecond: number,
  verificationsPerSecond: number,
): Measurement {
  return compare({
    name: `frames admitted end to end, ${perMessage} a message`,
    value: framesPerSecond,
    unit: "frames/s",
    comparedTo: { name: "OpenSSL P-256 verifications/s on all cores", value: verificationsPerSecond },
  });
}

async function framesPerSecond(
  worker: Worker,
  stretch: { untilSeq: number; perMessage: number },
): Promise<number> {
  const startMs = performance.now();
  await perform(worker, { kind: "send", ...stretch });
  return (1000 * PROBES * STRETCH) / (performance.now() - startMs);
}
