// `npm run bench:tracing [-- --json]`: what it costs to trace one reading in a hundred.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { createGateway } from "../../edge/gateway.ts";
import { silentLog } from "../../edge/log.ts";
import { systemClock } from "../../service/system-clock.ts";
import { startTracing } from "../../telemetry/tracing.ts";
import { createProbe } from "../unit/protocol/signed-stream.ts";
import { framesOf, perform, senderOf, startSenders } from "./fleet.ts";
import { compare, type Measurement, median } from "./measurement.ts";
import { report } from "./report.ts";

const SITE = "bench";
const PROBES = 8;
const WARM_UP = 1_024;
const STRETCH = 2_048;
/** Pairs of stretches, with and without; the middle ratio counts, since what else the machine does hits either. */
const PAIRS = 9;
const PER_MESSAGE = 64;
const RATIO = 0.01;
const LEAST_RATIO = 0.97;

/** A collector on a thread of its own: it takes what comes over OTLP/HTTP and counts the requests. */
const COLLECTOR = `
const { createServer } = require("node:http");
const { parentPort } = require("node:worker_threads");
let requests = 0;
const server = createServer((request, response) => {
  request.resume().on("end", () => { requests++; response.end("{}"); });
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
parentPort.on("message", () => parentPort.postMessage(requests));
`;

/**
 * Frames admitted in a second of the gateway's processor time, with tracing exported beside without. Processor time, since
 * what else the machine does weighs on the clock far more than tracing does.
 */
async function benchTracing(): Promise<Measurement[]> {
  const collector = new Worker(COLLECTOR, { eval: true });
  const ask = () => new Promise<number>((resolve) => collector.once("message", resolve));
  const url = `http://127.0.0.1:${await ask()}/v1/traces`;
  const probes = Array.from({ length: PROBES }, () => {
    const probe = createProbe();
    return { probe, frames: framesOf(probe, WARM_UP + 2 * PAIRS * STRETCH) };
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
    limits: { tokensPerSecond: 1_000_000, burstTokens: 1_000_000 },
  });
  const worker = startSenders();
  let sent = WARM_UP;
  /** Processor time of this process without the threads that stand for readers and collector, in seconds. */
  const gatewaySeconds = async (): Promise<number> => {
    const others = await Promise.all([worker.cpuUsage(), collector.cpuUsage()]);
    return others.reduce((rest, usage) => rest - secondsOf(usage), secondsOf(process.cpuUsage()));
  };
  const perSecond = async (work: () => Promise<void>): Promise<number> => {
    const before = await gatewaySeconds();
    await work();
    return (PROBES * STRETCH) / ((await gatewaySeconds()) - before);
  };
  const send = async (): Promise<void> => {
    sent += STRETCH;
    await perform(worker, { kind: "send", untilSeq: sent, perMessage: PER_MESSAGE });
  };
  const stretch = () => perSecond(send);
  const traced = () =>
    perSecond(async () => {
      const tracing = startTracing({ service: "bench", sink: { kind: "otlp", url }, ratio: RATIO });
      await send();
      // Handing over what waits belongs to the cost.
      await tracing.stop();
    });
  try {
    await gateway.start();
    for (const { probe } of probes) gateway.pair({ publicKey: probe.publicKey, periodMs: 60_000 });
    const senders = probes.map(({ probe, frames }) => senderOf(probe, frames, SITE));
    const broker = `mqtt://127.0.0.1:${gateway.ports.mqtt}`;
    await perform(worker, { kind: "connect", url: broker, site: SITE, senders, windowFrames: 1_024 });
    await perform(worker, { kind: "send", untilSeq: WARM_UP, perMessage: PER_MESSAGE });
    const pairs: Measurement[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      // Now one first, now the other, so that neither has the fresher machine.
      const order = pair % 2 === 0 ? [traced, stretch] : [stretch, traced];
      const [first, second] = [await order[0]!(), await order[1]!()];
      const [withTracing, without] = pair % 2 === 0 ? [first, second] : [second, first];
      pairs.push(
        compare({
          name: `frames admitted, ${100 * RATIO} % of them traced over OTLP/HTTP`,
          value: withTracing,
          unit: "frames per processor second",
          comparedTo: { name: "without tracing", value: without },
        }),
      );
    }
    await perform(worker, { kind: "end" });
    collector.postMessage("how many");
    if ((await ask()) < PAIRS) throw new Error("the collector was not told of every stretch");
    return [{ ...median(pairs), goal: { atLeast: LEAST_RATIO } }];
  } finally {
    await worker.terminate();
    await gateway.stop();
    await collector.terminate();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function secondsOf({ user, system }: { user: number; system: number }): number {
  return (user + system) / 1e6;
}

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
await report([{ title: "Tracing", run: benchTracing }], values);
