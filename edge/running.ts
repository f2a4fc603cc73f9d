import type { Verdict } from "../protocol/admission.ts";
import type { Feed } from "../protocol/feed.ts";
import type { Beacon } from "../protocol/messages.ts";
import { decodeBeacon } from "../protocol/messages.ts";
import { acksOf } from "./ack.ts";
import { type AdmissionStats, type BatchOptions, type Commit, createAdmission } from "./admission.ts";
import { type Announcer, createAnnouncer } from "./announcer.ts";
import { type BrokerStats, startBroker } from "./broker.ts";
import { DEVICE_EVENTS, type DeviceEvent, decodeDeviceEvent } from "./device-messages.ts";
import type { GatewayLimits, GatewayOptions } from "./gateway.ts";
import { startHttp } from "./http.ts";
import { createLive, type Live } from "./live.ts";
import { errorFacts, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import type { Pause } from "./queue.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { openStore, type Store } from "./store.ts";
import { loadStream, noVerdicts, type Stream } from "./stream.ts";
import { latestMessage } from "./views.ts";

/** What the gateway counts, since its start; verdicts, readings and holes since the store was made. */
export type GatewayStats = {
  devices: number;
  verdicts: Record<Verdict, number>;
  holes: number;
  held: number;
  admission: AdmissionStats;
  broker: BrokerStats;
  events: Record<DeviceEvent, number>;
  malformedMessages: number;
};

/** A gateway at work. */
export type Running = {
  ports: { mqtt: number; http: number };
  registry: Registry;
  feed: Feed;
  live: Live;
  announceBeacon(beacon: Beacon): void;
  stats(): GatewayStats;
  stop(): Promise<void>;
};

export type PartsOptions = GatewayOptions & {
  host: string;
  pause: Pause;
  version: string;
  storePath: string;
  batch: BatchOptions;
  limits: GatewayLimits;
};

/** Starts the parts one after the other; when one cannot start, those before it are stopped again. */
export async function startParts(options: PartsOptions): Promise<Running> {
  const { site, clock, clockTrust, host, ports, limits, log } = options;
  await using started = new AsyncDisposableStack();

  const store = openStore({ path: options.storePath });
  started.defer(() => store.close());
  const streams = new Map(
    store.devices.list().map((device) => [device.device, loadStream(store, device)] as const),
  );
  const live = createLive();
  const admission = createAdmission({
    ...options,
    store,
    streams,
    onCommit: (commit) => {
      announceCommit(store, announcer, commit);
      live.tell(commit.outcomes);
    },
  });
  const working = admission.run();
  started.defer(async () => {
    admission.close();
    await working;
  });

  const heard = createHearing({ log, registry: () => registry });
  const broker = await startBroker({
    ...options,
    port: ports.mqtt,
    keyOf: (device) => streams.get(device)?.key,
    consumer: {
      ...heard.consumer,
      reading: admission.submit,
      listening: (device) => greet(store, announcer, streams.get(device)),
    },
  });
  started.defer(() => broker.stop());
  const registry = createRegistry({
    store,
    streams,
    clock,
    clockTrust,
    maxHeld: limits.maxHeld,
    isConnected: broker.isConnected,
  });
  const announcer = createAnnouncer({ site, broker });
  const health = () => registry.health(admission.stats().failing);
  announceRetained(options, store, announcer, streams);
  announcer.health(health());
  started.defer(() => announcer.state("offline"));

  const feed: Feed = { read: async ({ after, limit }) => store.positions.after(after, limit) };
  const stats = (): GatewayStats => ({
    ...sumOf(streams.values()),
    ...heard.counts(),
    admission: admission.stats(),
    broker: broker.stats(),
  });
  const housekeeping = new AbortController();
  const kept = keepHouse(options, housekeeping.signal, async () => {
    await admission.closeGaps();
    announcer.health(health());
  });
  started.defer(async () => {
    housekeeping.abort();
    await kept;
  });

  const http = await startHttp({
    host,
    port: ports.http,
    token: options.token,
    version: options.version,
    maxLiveClients: limits.maxLiveClients,
    feed,
    registry,
    live,
    health,
    metrics: createMetrics({ stats, devices: registry.devices }),
  });
  started.defer(() => http.stop());

  const stack = started.move();
  return {
    ports: { mqtt: broker.port, http: http.port },
    registry,
    feed,
    live,
    announceBeacon(beacon) {
      store.setSetting("beacon", JSON.stringify(beacon));
      announcer.beacon(beacon);
    },
    stats,
    stop: () => stack.disposeAsync(),
  };
}

/** Tells every device where its stream stands and what was refused, and the dashboards what is new. */
function announceCommit(store: Store, announcer: Announcer, { streams, outcomes }: Commit): void {
  for (const stream of streams) {
    const answers = outcomes.filter(({ device }) => device === stream.id);
    const heldSeqs = stream.held > 0 ? store.waiting.heldSeqs(stream.row) : [];
    for (const ack of acksOf({ nextSeq: stream.nextSeq, heldSeqs, answers })) announcer.ack(stream.id, ack);
    const latest = answers.some(({ verdict }) => verdict === "stored") ? latestMessage(stream) : undefined;
    if (latest !== undefined) announcer.latest(stream.id, latest);
  }
}

/** Tells a device that has just begun to listen where it may go on. */
function greet(store: Store, announcer: Announcer, stream: Stream | undefined): void {
  if (stream === undefined) return;
  const heldSeqs = store.waiting.heldSeqs(stream.row);
  for (const ack of acksOf({ nextSeq: stream.nextSeq, heldSeqs, answers: [] })) announcer.ack(stream.id, ack);
}

function announceRetained(
  { site, version, earliestMs, clock }: PartsOptions,
  store: Store,
  announcer: Announcer,
  streams: ReadonlyMap<string, Stream>,
): void {
  announcer.state("online");
  announcer.info({ site, version, earliestMs, startedAtMs: clock.now() });
  const beacon = store.setting("beacon");
  if (beacon !== undefined) announcer.beacon(decodeBeacon(new TextEncoder().encode(beacon)));
  for (const stream of streams.values()) {
    const latest = latestMessage(stream);
    if (latest !== undefined) announcer.latest(stream.id, latest);
  }
}

/** Takes what devices say beside their readings; what cannot be read is counted, and never closes a connection. */
function createHearing({ log, registry }: { log: Log; registry: () => Registry }) {
  const events = Object.fromEntries(DEVICE_EVENTS.map((event) => [event, 0])) as Record<DeviceEvent, number>;
  let malformedMessages = 0;
  const guarded = (device: string, read: () => void) => {
    try {
      read();
    } catch (error) {
      malformedMessages++;
      log.warn({ device, ...errorFacts(error) }, "a device's message cannot be read");
    }
  };
  return {
    consumer: {
      info: (device: string, payload: Uint8Array) => guarded(device, () => registry().learn(device, payload)),
      event: (device: string, payload: Uint8Array) =>
        guarded(device, () => {
          const event = decodeDeviceEvent(payload);
          events[event]++;
          log.info({ device, event }, "a device reports an event");
        }),
    },
    counts: () => ({ events: { ...events }, malformedMessages }),
  };
}

/** Looks after gaps and health, ten times in a holding time, until the signal. */
async function keepHouse(
  { clock, holdingMs, log }: PartsOptions,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const intervalMs = Math.min(Math.max(holdingMs / 10, 1), 60_000);
  while (!signal.aborted) {
    try {
      await clock.wait(clock.now() + intervalMs, signal);
      await work();
    } catch (error) {
      if (!signal.aborted) log.error(errorFacts(error), "housekeeping failed; it goes on");
    }
  }
}

function sumOf(streams: Iterable<Stream>) {
  const sum = { devices: 0, verdicts: noVerdicts(), holes: 0, held: 0 };
  for (const { verdicts, holes, held } of streams) {
    sum.devices++;
    sum.holes += holes;
    sum.held += held;
    for (const verdict of Object.keys(verdicts) as Verdict[]) sum.verdicts[verdict] += verdicts[verdict];
  }
  return sum;
}
