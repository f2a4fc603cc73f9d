import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { createGateway, type Gateway } from "../edge/gateway.ts";
import type { Pond } from "../edge/ponds.ts";
import { INSURED_POND } from "../firmware-sim/farms.ts";
import { readStanding } from "../ledger/challenges.ts";
import type { Ledger } from "../ledger/client.ts";
import type { Deployment } from "../ledger/deployment.ts";
import { streamOfKey } from "../ledger/devices.ts";
import { createFeedClient } from "../oracle/feed-client.ts";
import { createOracle, type Oracle } from "../oracle/oracle.ts";
import { createArchiveClient } from "../oracle/replica/archive-client.ts";
import { createConflictClient } from "../oracle/watcher/conflicts.ts";
import { createWatcher, type Watcher } from "../oracle/watcher/watcher.ts";
import { toHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { deviceId } from "../protocol/signature.ts";
import { createBacklog } from "./backlog.ts";
import { type Chain, type ChainChoice, startChain } from "./chain.ts";
import { type DataDir, openDataDir, writeDurably } from "./data-dir.ts";
import { coverDelayMs } from "./enroll.ts";
import { actorKey, deriveToken } from "./keys.ts";
import { type LedgerSite, settleLedger } from "./ledger-site.ts";
import { FALSE_BATCH, type Liar, startLiar } from "./liar/liar.ts";
import { createPace, type Pace } from "./pace.ts";
import { PROBES_NEEDED } from "./policy.ts";
import { connectProbes, type DemoProbe, type Fleet, makeProbes } from "./ponds.ts";
import { createSimClock, type SimClock } from "./sim-clock.ts";
import type { Play } from "./water.ts";

const HOST = "127.0.0.1";
const SITE = "huzhou";
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A gap is asked for again and again before it becomes holes. */
const HOLDING_MS = 20 * MINUTE_MS;
const BATCH = { maxReadings: 2_000, maxAgeMs: 10 * MINUTE_MS };
/** Who lies about an event has to anchor it whole, and so takes his time. */
const SLOW_BATCH = { maxReadings: 5_000, maxAgeMs: 210 * MINUTE_MS };
/** While a claim rests on a lie and nobody has found it out, time hardly passes. */
const TRIAL_SPEED = 60;
/** Simulated minutes pass in milliseconds: nobody may sleep for long. */
const ORACLE_IDLE_MS = 25;
const LEDGER_POLL_MS = 25;
/** Nobody waits for the watcher: it looks some times a second. */
const WATCHER_IDLE_MS = 250;
const BEACON_EVERY_MS = 5 * MINUTE_MS;

export type RunOptions = {
  play: Play;
  speed: number;
  seed: number;
  dataDir: string;
  chain: ChainChoice;
  replay: string | undefined;
};

/** Everything of one run, at work. */
export type Run = {
  readonly play: Play;
  readonly dataDir: DataDir;
  readonly clock: SimClock;
  readonly pace: Pace;
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly origin: LedgerSite["origin"];
  readonly probes: readonly DemoProbe[];
  readonly fleet: Fleet;
  readonly gateway: Gateway;
  readonly oracle: Oracle;
  /** The insurer's: it believes neither of the two above. */
  readonly watcher: Watcher;
  /** Who changes what the oracle anchors, in a play where somebody does. */
  readonly liar: Liar | undefined;
  /** The archive's address. */
  readonly api: string;
  /** Set when the oracle's store was made for another ledger, and everything is anchored anew. */
  readonly startedOver: boolean;
  readonly tokens: { gateway: string; auditor: string; insurer: string };
  readonly log: pino.Logger;
  /** Rejects when a part fails; resolves when the run was stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

/** Starts a run, or takes one up that was killed. */
export async function startRun(options: RunOptions): Promise<Run> {
  const { play } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const plan = {
    scenario: play.name,
    seed: options.seed,
    startMs: play.startMs,
    chain: options.chain.kind,
    replay: options.replay,
    ...(play.lie === undefined ? {} : { lie: play.lie }),
  };
  const dataDir = await openDataDir(options.dataDir, plan);
  if (dataDir.isResumed && play.lie !== undefined)
    throw new PondproofError("INVALID_ARGUMENT", {
      data: options.dataDir,
      problem: "a lie that was interrupted is not told on: take another folder",
    });
  await mkdir(dataDir.file("keys"), { recursive: true, mode: 0o700 });
  const log = pino(
    { base: { site: SITE } },
    pino.destination({ dest: dataDir.file("log.jsonl"), sync: true }),
  );
  const tokens = {
    gateway: deriveToken(dataDir.secret, "gateway"),
    auditor: deriveToken(dataDir.secret, "auditor"),
    insurer: deriveToken(dataDir.secret, "insurer"),
  };
  // In a file, since a token on a terminal ends in somebody's scroll-back.
  await writeDurably(dataDir.file("auditor-token"), tokens.auditor);
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };

  try {
    const clock = createSimClock({ startMs: dataDir.resumeMs });
    const probes = await makeProbes({ water: play.water, dataDir, clock });
    // The waiting period lies before the play; and no two embedded ledgers begin in the same second (decision 4).
    const genesisMs = play.startMs - coverDelayMs - DAY_MS + 1000 * randomInt(3_600);
    const latestMs = dataDir.isResumed ? clock.now() : genesisMs;
    const chain = await startChain(options.chain, { genesisMs, latestMs, stateDir: dataDir.file("chain") });
    closers.push(() => chain.stop());
    const { ledger, deployment, origin } = await settleLedger({
      chain,
      dataDir,
      probes,
      data: play.data,
      signal,
    });
    closers.push(async () => ledger.close());
    await chain.mineAt(clock.now());

    const gateway = createGateway({
      site: SITE,
      dataDir: dataDir.file("gateway"),
      clock,
      ports: { mqtt: 0, http: 0 },
      earliestMs: play.startMs - DAY_MS,
      holdingMs: HOLDING_MS,
      token: tokens.gateway,
      ponds: pondsOf(probes),
      // A simulated day is short, and nobody's card is worn.
      batch: { windowMs: 20 },
      clockTrust: () => ({ trusted: true, source: "the simulation", errorBoundMs: 0 }),
      log: log.child({ part: "gateway" }),
    });
    await gateway.start();
    closers.push(() => gateway.stop());
    for (const { signer } of probes)
      gateway.pair({ publicKey: signer.publicKey, periodMs: play.data.readingEveryMs });

    const fullSpeed = () => pace.setSpeed(options.speed);
    const trialSpeed = () => pace.setSpeed(Math.min(options.speed, TRIAL_SPEED));
    const liar = await liarOf(play, {
      chain,
      ledger,
      deployment,
      dataDir,
      probes,
      tokens,
      onLie: trialSpeed,
    });
    if (liar !== undefined) closers.push(() => liar.stop());
    const batch = play.lie === undefined ? BATCH : SLOW_BATCH;

    const oracle = createOracle({
      feed: createFeedClient({ url: `http://${HOST}:${gateway.ports.http}`, token: tokens.gateway }),
      ledger: {
        deployment,
        pollingIntervalMs: LEDGER_POLL_MS,
        ...(liar === undefined ? {} : { rpc: liar.rpc }),
      },
      operatorKey: actorKey(dataDir.secret, "operator"),
      agentKey: actorKey(dataDir.secret, "agent"),
      dir: dataDir.file("oracle"),
      clock,
      // The demo's blocks are made with the clock's time; between two of them the node does not know it.
      ledgerTimeMs: async () => clock.now(),
      batch,
      http: { host: HOST, port: 0, tokens: [tokens.auditor] },
      pollIntervalMs: ORACLE_IDLE_MS,
      collectForHolder: true,
      log: log.child({ part: "oracle" }),
    });
    const { startedOver } = await oracle.start();
    closers.push(() => oracle.stop());

    liar?.readFrom(gateway.feed());
    const honest = `http://${HOST}:${oracle.port}`;
    const api = (await liar?.openArchive(honest)) ?? honest;
    const watcher = await startWatcher({ deployment, api, gateway, dataDir, tokens, log });
    closers.push(() => watcher.stop());

    const fleet = connectProbes(probes, {
      site: SITE,
      brokerUrl: `mqtt://${HOST}:${gateway.ports.mqtt}`,
      periodMs: play.data.readingEveryMs,
      clock,
      dataDir,
    });
    closers.push(() => fleet.close());

    const pace = createPace({
      clock,
      speed: options.speed,
      isBehind: createBacklog({
        clock,
        fleet,
        positions: () => {
          const { verdicts, holes, held } = gateway.stats();
          return { stored: verdicts.stored, holes, held };
        },
        oracle: oracle.status,
        batchAgeMs: batch.maxAgeMs,
        holdingMs: HOLDING_MS,
      }),
      reserve: dataDir.reserveTime,
    });
    const simulation = [
      fleet.run(signal),
      pace.run(signal),
      chain.mineAlong(clock, signal),
      announceBeacons({ chain, gateway, clock, signal }),
      ...(liar === undefined ? [] : [untilFoundOut({ liar, ledger, signal }).then(fullSpeed)]),
    ];
    const parts = [oracle.finished, watcher.finished, ...(liar === undefined ? [] : [liar.finished])];
    const ended = Promise.all([...simulation, ...parts]).then(
      () => undefined,
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
    return {
      play,
      dataDir,
      clock,
      pace,
      chain,
      ledger,
      deployment,
      origin,
      probes,
      fleet,
      gateway,
      oracle,
      watcher,
      liar,
      api,
      startedOver: startedOver !== undefined,
      tokens,
      log,
      ended,
      async stop() {
        stopping.abort();
        // Whoever still writes must have ended before what he writes to is closed.
        await Promise.allSettled(simulation);
        await closeAll();
      },
    };
  } catch (error) {
    stopping.abort();
    await closeAll();
    throw error;
  }
}

/** Which probes hang in one pond, so that an alarm is the pond's and not three probes'. */
function pondsOf(probes: readonly DemoProbe[]): Pond[] {
  const byPond = Map.groupBy(probes, ({ pond }) => pond);
  return [...byPond].map(([name, theirs]) => ({
    name,
    devices: theirs.map(({ signer }) => toHex(deviceId(signer.publicKey)).slice(2)),
  }));
}

/** The insurer's watcher, with a key, a token and a database of its own. */
async function startWatcher({
  deployment,
  api,
  gateway,
  dataDir,
  tokens,
  log,
}: Pick<Run, "deployment" | "api" | "gateway" | "dataDir" | "tokens" | "log">): Promise<Watcher> {
  const archive = createArchiveClient({ url: api, token: tokens.auditor });
  const source = { url: `http://${HOST}:${gateway.ports.http}`, token: tokens.gateway };
  const watcher = createWatcher({
    ledger: { deployment, pollingIntervalMs: LEDGER_POLL_MS },
    key: actorKey(dataDir.secret, "watcher"),
    sources: [archive],
    claimed: archive,
    gateway: createFeedClient(source),
    conflicts: createConflictClient(source),
    dir: dataDir.file("watcher"),
    http: { host: HOST, port: 0, tokens: [tokens.insurer] },
    pollIntervalMs: WATCHER_IDLE_MS,
    log: log.child({ part: "watcher" }),
  });
  await watcher.start();
  return watcher;
}

/** The operator who lies, where the play has one: about the pond that is insured, as far as the policy asks. */
async function liarOf(
  { lie }: Play,
  {
    chain,
    ledger,
    deployment,
    dataDir,
    probes,
    tokens,
    onLie,
  }: Pick<Run, "chain" | "ledger" | "deployment" | "dataDir" | "probes" | "tokens"> & { onLie: () => void },
): Promise<Liar | undefined> {
  if (lie === undefined || lie === "equivocation") return undefined;
  return startLiar({
    lie,
    rpc: chain.rpc,
    ledger,
    operatorKey: actorKey(dataDir.secret, "operator"),
    accompliceKey: actorKey(dataDir.secret, "farmer-huzhou"),
    archiveToken: tokens.auditor,
    probes: probes.filter(({ pond }) => pond === INSURED_POND).slice(0, PROBES_NEEDED),
    streamIdOf: (publicKey) => streamOfKey(deployment, publicKey),
    onLie,
  });
}

/** Waits until a claim rests on a lie, and what it rests on is void. */
async function untilFoundOut({
  liar,
  ledger,
  signal,
}: {
  liar: Liar;
  ledger: Ledger;
  signal: AbortSignal;
}): Promise<void> {
  for (;;) {
    const state = liar.state();
    if (state.kind === "claimed") {
      const standing = await Promise.all(
        state.streamIds.map((streamId) => readStanding(ledger, streamId, FALSE_BATCH)),
      );
      if (standing.every(({ usable }) => !usable)) return;
    }
    await sleep(WATCHER_IDLE_MS, undefined, { signal });
  }
}

/** Lets every probe name a recent block in its records. */
async function announceBeacons({
  chain,
  gateway,
  clock,
  signal,
}: {
  chain: Chain;
  gateway: Gateway;
  clock: SimClock;
  signal: AbortSignal;
}): Promise<void> {
  for (;;) {
    const { number, hash } = await chain.call<{ number: string; hash: string }>("eth_getBlockByNumber", [
      "latest",
      false,
    ]);
    gateway.announceBeacon({ number: Number(number), hash });
    await clock.wait(clock.now() + BEACON_EVERY_MS, signal);
  }
}
