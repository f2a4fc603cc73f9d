import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mosquitto } from "../real-components.ts";
import { createProbe } from "../unit/protocol/signed-stream.ts";
import { type BareBroker, startBareAedes, startBareMosquitto } from "./bare-broker.ts";
import { framesOf, perform, senderOf, startSenders } from "./fleet.ts";
import { startGatewayProcess } from "./gateway-process.ts";
import { compare, type Measurement } from "./measurement.ts";
import { opensslRate } from "./openssl.ts";
import type { Sender } from "./senders.ts";

const SITE = "bench";
const PROBES = 100;
const PERIOD_MS = 1_000;
/** What a probe that samples once a minute has to say after a day. */
const DAY_READINGS = 1_440;
/** Readings of each probe over a bare broker: enough round trips for a percentile. */
const BARE_READINGS = 30;
const BLOCK = 64;
const WINDOW_FRAMES = 1_024;
const VERIFICATIONS = 8_192;
const MEGABYTE = 1_000_000;

/** Goals of edge.md: memory, bytes on a wearing card, a day caught up. */
const MOST_RESIDENT_MB = 150;
const MOST_WRITTEN_BYTES = 1_500;
const MOST_RECOVERY_S = 60;

/** A gateway on one core beside a hundred probes: a stretch at 1 Hz, and then a day's backlog of each. */
export async function benchHundredProbes({ seconds }: { seconds: number }): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), "pondproof-bench-"));
  const probes = Array.from({ length: PROBES }, createProbe);
  const frames = probes.map((probe) => framesOf(probe, seconds + DAY_READINGS));
  const senders = probes.map((probe, i) => senderOf(probe, frames[i]!, SITE));
  const bare = [await latencyOver(await startBareAedes(SITE), senders, "a bare aedes", seconds)];
  if (mosquitto.path !== undefined) {
    const broker = await startBareMosquitto(folder, SITE, mosquitto.path);
    bare.push(await latencyOver(broker, senders, "a bare Mosquitto", seconds));
  }

  const publicKeys = probes.map(({ publicKey }) => publicKey);
  const gateway = await startGatewayProcess({ folder, site: SITE, publicKeys, periodMs: PERIOD_MS });
  const worker = startSenders();
  try {
    const url = `mqtt://127.0.0.1:${gateway.mqttPort}`;
    await perform(worker, { kind: "connect", url, site: SITE, senders, windowFrames: WINDOW_FRAMES });
    const before = await gateway.usage();
    const latenciesMs = await perform(worker, { kind: "pace", untilSeq: seconds, periodMs: PERIOD_MS });
    const paced = await gateway.usage();
    const openssl = await opensslRate({
      publicKey: publicKeys[0]!,
      frames: frames[0]!,
      count: VERIFICATIONS,
    });
    const startMs = performance.now();
    await perform(worker, { kind: "send", untilSeq: seconds + DAY_READINGS, perMessage: BLOCK });
    const recoverySeconds = (performance.now() - startMs) / 1000;
    const recovered = await gateway.usage();
    await perform(worker, { kind: "end" });

    const readings = PROBES * seconds;
    const backlog = PROBES * DAY_READINGS;
    return [
      measureAgainst("peak resident memory", paced.peakResidentBytes / MEGABYTE, "MB", MOST_RESIDENT_MB),
      compare({
        name: "peak resident memory while a day is caught up",
        value: recovered.peakResidentBytes / MEGABYTE,
        unit: "MB",
        comparedTo: { name: "before", value: paced.peakResidentBytes / MEGABYTE },
      }),
      measureAgainst(
        "written to disk a reading, one reading at a time",
        (paced.writtenBytes - before.writtenBytes) / readings,
        "bytes",
        MOST_WRITTEN_BYTES,
      ),
      measureAgainst(
        "written to disk a reading, in blocks",
        (recovered.writtenBytes - paced.writtenBytes) / backlog,
        "bytes",
        MOST_WRITTEN_BYTES,
      ),
      measureAgainst(`a day's ${backlog} readings recovered`, recoverySeconds, "s", MOST_RECOVERY_S),
      compare({
        name: "recovery",
        value: backlog / recoverySeconds,
        unit: "frames/s",
        comparedTo: { name: "OpenSSL P-256 verifications/s on all cores", value: openssl },
      }),
      compare({
        name: "processor time a second",
        value: (paced.cpuSeconds - before.cpuSeconds) / seconds,
        unit: "s",
        comparedTo: { name: "one core", value: 1 },
      }),
      ...bare.flatMap(({ name, median, worst }) => [
        compare({
          name: "probe to acknowledgement, median",
          value: percentile(latenciesMs, 0.5),
          unit: "ms",
          comparedTo: { name, value: median },
        }),
        compare({
          name: "probe to acknowledgement, 99th percentile",
          value: percentile(latenciesMs, 0.99),
          unit: "ms",
          comparedTo: { name, value: worst },
        }),
      ]),
    ];
  } finally {
    await worker.terminate();
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Round trips of some of the same frames over a broker behind which nothing is checked or stored. */
async function latencyOver(broker: BareBroker, senders: Sender[], name: string, seconds: number) {
  const worker = startSenders();
  try {
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await perform(worker, { kind: "connect", url, site: SITE, senders, windowFrames: WINDOW_FRAMES });
    const untilSeq = Math.min(Math.ceil(seconds / 5), BARE_READINGS);
    const latenciesMs = await perform(worker, { kind: "pace", untilSeq, periodMs: PERIOD_MS });
    await perform(worker, { kind: "end" });
    return { name, median: percentile(latenciesMs, 0.5), worst: percentile(latenciesMs, 0.99) };
  } finally {
    await worker.terminate();
    await broker.stop();
  }
}

function measureAgainst(name: string, value: number, unit: string, most: number): Measurement {
  return compare({ name, value, unit, comparedTo: { name: "goal", value: most }, goal: { atMost: 1 } });
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}
