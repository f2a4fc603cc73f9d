import { statfs } from "node:fs/promises";
import type { Feed } from "../protocol/feed.ts";
import type { Beacon } from "../protocol/messages.ts";
import { type BatchOptions, createAdmission } from "./admission.ts";
import type { AlarmBook } from "./alarms/alarm-book.ts";
import { createAnnouncer } from "./announcer.ts";
import { startBroker } from "./broker.ts";
import type { Broker, BrokerConsumer } from "./broker-port.ts";
import { startDerived } from "./derived.ts";
import { createHearing } from "./device-messages.ts";
import type { GatewayStats } from "./gateway-stats.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { startHttp } from "./http.ts";
import { createLive, type Live } from "./live.ts";
import { createMetrics } from "./metrics.ts";
import type { GatewayLimits, GatewayOptions } from "./options.ts";
import { startOutsideBroker } from "./outside-broker.ts";
import { createPairing, type Pairing } from "./pairing.ts";
import type { Pause } from "./queue.ts";
import { createRegistry, type Registry } from "./registry.ts";
import type { AuditTable } from "./store/audit.ts";
import { openStore } from "./store.ts";
import { loadStream, type Stream, totalsOf } from "./stream.ts";

/** A gateway at work. */
export type Running = {
  ports: { mqtt: number; http: number };
  registry: Registry;
  feed: Feed;
  live: Live;
  pairing: Pairing;
  alarms: AlarmBook;
  audit: AuditTable;
  /** @throws MALFORMED_MESSAGE */
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
  steadyNow: () => number;
};

/** Ponds of this project's home. */
const CHINA_STANDARD_TIME_MINUTES = 480;
const DEFAULT_KEEP_ALARMS_MS = 400 * 86_400_000;
/** Some weeks of a hundred probes, so that somebody has the time to come. */
const DEFAULT_MIN_FREE_BYTES = 256 * 2 ** 20;

/** Starts the parts one after the other; when one cannot start, those before it are stopped again. */
export async function startParts(options: PartsOptions): Promise<Running> {
  const { clock, host, ports, version, limits, log, holdingMs } = options;
  await using started = new AsyncDisposableStack();
  const mqttSide = await startMqttSide(options, started);
  const { store, streams, live, admission, registry, hearing, pairing, broker, announcer } = mqttSide;
  const { totals, onCommitted } = mqttSide;
  const feed: Feed = { read: async ({ after, limit }) => store.positions.after(after, limit) };
  const derived = startDerived({
    site: options.site,
    store,
    clock,
    ponds: options.ponds ?? [],
    utcOffsetMinutes: options.utcOffsetMinutes ?? CHINA_STANDARD_TIME_MINUTES,
    alarms: options.alarms ?? {},
    influx: options.influx,
    keepAlarmsMs: options.keepAlarmsMs ?? DEFAULT_KEEP_ALARMS_MS,
    onAlarms: announcer.alarms,
    onDoubted({ device, seq, quality }) {
      const stream = streams.get(device);
      if (stream?.last?.seq === seq) announcer.doubt(stream, quality);
    },
    log,
  });
  started.defer(() => derived.stop());
  onCommitted(derived.wake);
  let freeBytes: number | undefined;
  const lookAtDisk = async () => {
    const { bavail, bsize } = await statfs(options.dataDir);
    freeBytes = bavail * bsize;
  };
  await lookAtDisk();
  const health = () => {
    const { followers, webhooks } = derived.stats();
    return registry.health({
      storeFailing: admission.stats().failing,
      brokerConnected: broker.stats().connected,
      freeBytes,
      minFreeBytes: options.minFreeBytes ?? DEFAULT_MIN_FREE_BYTES,
      failingViews: Object.keys(followers).filter((name) => followers[name]!.failing),
      givenUpNotices: webhooks.givenUp,
    });
  };
  const stats = (): GatewayStats => ({
    ...totals(),
    ...hearing.stats(),
    admission: admission.stats(),
    broker: broker.stats(),
    pairing: pairing.stats(),
    derived: derived.stats(),
    freeBytes: freeBytes ?? 0,
    clockTrusted: options.clockTrust().trusted,
  });

  announcer.health(health());
  const housekeeping = startHousekeeping({
    clock,
    intervalMs: Math.min(Math.max(holdingMs / 10, 1), 60_000),
    async work() {
      await admission.closeGaps();
      await lookAtDisk();
      await derived.round(registry.silence());
      announcer.health(health());
    },
    log,
  });
  started.defer(() => housekeeping.stop());

  const http = await startHttp({
    host: options.httpHost ?? host,
    port: ports.http,
    token: options.token,
    version,
    maxLiveClients: limits.maxLiveClients,
    feed,
    registry,
    live,
    pairing,
    alarms: derived.alarms,
    audit: store.audit,
    announceBeacon: announcer.beacon,
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
    pairing,
    alarms: derived.alarms,
    audit: store.audit,
    announceBeacon: announcer.beacon,
    stats,
    stop: () => stack.disposeAsync(),
  };
}

/** From the devices' frames to the store and back to their acknowledgements. */
async function startMqttSide(options: PartsOptions, started: AsyncDisposableStack) {
  const store = openStore({ path: options.storePath });
  started.defer(() => store.close());
  const streams = new Map(
    store.devices.list().map((device) => [device.device, loadStream(store, device)] as const),
  );
  const live = createLive();
  let committed = () => {};
  const admission = createAdmission({
    ...options,
    store,
    streams,
    onCommit(commit) {
      announcer.commit(commit);
      live.tell(commit.outcomes);
      committed();
    },
    onNotStored(frames) {
      for (const { stream, seqs } of frames) announcer.notStored(stream, seqs);
    },
  });
  const working = admission.run();
  started.defer(async () => {
    admission.close();
    await working;
  });

  const registry = createRegistry({
    ...options,
    store,
    streams,
    maxHeld: options.limits.maxHeld,
    isConnected: (device) => broker.isConnected(device),
  });
  const hearing = createHearing({
    learn: registry.learn,
    noteLost: admission.noteLost,
    clock: options.clock,
    log: options.log,
  });
  const pairing = createPairing({
    clock: options.clock,
    steadyNow: options.steadyNow,
    audit: store.audit,
    pair: registry.pair,
    broker: () => broker,
    log: options.log,
  });
  const { version, earliestMs } = options;
  const startedAtMs = options.clock.now();
  const session = String(startedAtMs);
  const announcer = createAnnouncer({
    site: options.site,
    session,
    broker: { publish: (message) => broker.publish(message) },
    store,
    describesProbes: options.homeAssistant === true,
  });
  const begin = () => announcer.begin({ version, earliestMs, startedAtMs }, streams.values());
  const consumer: BrokerConsumer = {
    reading: admission.submit,
    info: hearing.info,
    event: hearing.event,
    listening(device) {
      const stream = streams.get(device);
      if (stream !== undefined) announcer.greet(stream);
    },
    presenting: (device, info, hasSigned) => void pairing.present(device, info, hasSigned),
    homeAssistantIsBack: () => announcer.describeAgain(streams.values()),
  };
  const broker = await openBroker(options, { session, streams, consumer, pairing, begin });
  started.defer(() => broker.stop());
  if (options.outsideBroker === undefined) begin();
  started.defer(() => announcer.end());
  const totals = () => totalsOf(streams.values());
  const onCommitted = (listener: () => void) => {
    committed = listener;
  };
  return {
    store,
    streams,
    live,
    admission,
    registry,
    hearing,
    pairing,
    broker,
    announcer,
    totals,
    onCommitted,
  };
}

/** The broker that the site has: its own, or one beside it. */
async function openBroker(
  options: PartsOptions,
  parts: {
    session: string;
    streams: ReadonlyMap<string, Stream>;
    consumer: BrokerConsumer;
    pairing: Pairing;
    begin: () => void;
  },
): Promise<Broker> {
  const { outsideBroker, limits } = options;
  const { session, streams, consumer, pairing, begin } = parts;
  if (outsideBroker === undefined) {
    return startBroker({
      ...options,
      port: options.ports.mqtt,
      isPairing: pairing.isOpen,
      keyOf: (device) => streams.get(device)?.key,
      consumer,
    });
  }
  return startOutsideBroker({
    ...outsideBroker,
    site: options.site,
    session,
    maxPacketBytes: limits.maxPacketBytes,
    knows: (device) => streams.has(device),
    hearsHomeAssistant: options.homeAssistant === true,
    consumer,
    onConnect: begin,
    log: options.log,
  });
}
