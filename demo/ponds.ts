import { breathlessSource, replayingWire, tamperingWire, wrongClock } from "../firmware-sim/attacks.ts";
import { FARMS, INSURED_POND } from "../firmware-sim/farms.ts";
import { openFileKey, type Signer } from "../firmware-sim/key.ts";
import { createMqttWire } from "../firmware-sim/mqtt-wire.ts";
import { type Outbox, openOutbox } from "../firmware-sim/outbox.ts";
import { createPondSource } from "../firmware-sim/pond/pond-source.ts";
import { createPond } from "../firmware-sim/pond/simulation.ts";
import { createProbe, type Probe } from "../firmware-sim/probe.ts";
import { createReplaySource } from "../firmware-sim/replay/replay-source.ts";
import type { Series } from "../firmware-sim/replay/series.ts";
import { type Attack, pondsOf, type Scenario } from "../firmware-sim/scenarios.ts";
import type { Source } from "../firmware-sim/source.ts";
import type { Wire } from "../firmware-sim/wire.ts";
import type { Clock } from "../protocol/clock.ts";
import type { MetricName } from "../protocol/record.ts";
import { deviceId } from "../protocol/signature.ts";
import { systemClock } from "../service/system-clock.ts";
import type { DataDir } from "./data-dir.ts";
import type { SimClock } from "./sim-clock.ts";

const DAY_MS = 86_400_000;
/** Loopback answers within milliseconds. */
const RESEND_AFTER_MS = 1_000;
/** Scatter between the probes of one recording: what an optical probe has. */
const REPLAY_SIGMA = { oxygen: 0.02, temperature: 0.02 };

/** What the water of a run is: a scenario's ponds, or a recording. */
export type Water =
  | { kind: "scenario"; scenario: Scenario; seed: number }
  | { kind: "replay"; series: Series };

/** A probe of the demo before it is connected: who it is, and what it measures. */
export type DemoProbe = {
  id: string;
  pond: string;
  signer: Signer;
  source: Source;
  /** The same water through another instrument: what a second device with this key would measure. */
  anotherSource: () => Source;
  metrics: readonly MetricName[];
  attacks: readonly Attack[];
};

/** Makes the probes of a run, each with a key of its own in the run's folder. */
export async function makeProbes({
  water,
  dataDir,
  clock,
}: {
  water: Water;
  dataDir: DataDir;
  clock: Clock;
}): Promise<DemoProbe[]> {
  const signerOf = (id: string) => openFileKey(dataDir.file(`keys/${id}.pem`));
  switch (water.kind) {
    case "scenario": {
      const { scenario, seed } = water;
      const probes = pondsOf(scenario).flatMap(({ spec, events, start, seed: own }) => {
        const pond = createPond({ spec, start, events, seed: `${seed}/${own}` });
        return spec.probes.map((probe) => ({ pond, probe, spec }));
      });
      return Promise.all(
        probes.map(async ({ pond, probe, spec }) => {
          const hung = { ...probe, cleanedMs: scenario.startMs - 2 * DAY_MS };
          const anotherSource = () => createPondSource({ pond, probe: hung, clock });
          return {
            id: probe.id,
            pond: spec.id,
            signer: await signerOf(probe.id),
            source: anotherSource(),
            anotherSource,
            metrics: probe.metrics,
            attacks: scenario.attacks.filter((attack) => attack.probe === probe.id),
          };
        }),
      );
    }
    case "replay": {
      const { probes } = FARMS[0]!.ponds.find(({ id }) => id === INSURED_POND)!;
      return Promise.all(
        probes.map(async ({ id }) => {
          const anotherSource = () =>
            createReplaySource({ series: water.series, seed: id, sigma: REPLAY_SIGMA });
          return {
            id,
            pond: INSURED_POND,
            signer: await signerOf(id),
            source: anotherSource(),
            anotherSource,
            metrics: ["oxygen", "temperature"] as const,
            attacks: [],
          };
        }),
      );
    }
  }
}

export type ConnectOptions = {
  site: string;
  brokerUrl: string;
  periodMs: number;
  clock: SimClock;
  dataDir: DataDir;
};

/** Probes at work. */
export type Fleet = {
  probes: readonly Probe[];
  /** Frames that the gateway has not acknowledged yet. */
  waiting(): number;
  /** Those of them that nobody keeps from arriving. */
  delivering(): number;
  /** Records signed by the probes themselves in this folder's life; what an attacker signed does not count. */
  signed(): number;
  /** Takes the probes out of the water: no more readings, while those that were signed are still delivered. */
  finish(): void;
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

/** Connects the probes to their gateway, and whoever attacks them. */
export function connectProbes(demoProbes: readonly DemoProbe[], options: ConnectOptions): Fleet {
  const { site, brokerUrl, periodMs, clock, dataDir } = options;
  const outbox = openOutbox({ path: dataDir.file("outbox.db") });
  const strangers: Outbox[] = [];
  let isFinished = false;
  let working: Promise<unknown>[] = [];
  const attackers: ((signal: AbortSignal) => Promise<void>)[] = [];

  // Spread over the period, as ponds are: the gateway sees a stream of readings, not a flood a period.
  const phaseOf = (i: number) => Math.floor((i * periodMs) / demoProbes.length);

  const connect = (demoProbe: DemoProbe, i: number) => {
    const participant = clock.join();
    const wire = attackedWire(
      createMqttWire({ url: brokerUrl, site, signer: demoProbe.signer, clock: systemClock }),
      demoProbe.attacks,
      {
        clock,
        onAttacker: (run) => attackers.push(run),
      },
    );
    const offsets = demoProbe.attacks.flatMap((attack) => (attack.kind === "wrong-clock" ? [attack] : []));
    const probe = createProbe({
      site,
      signer: demoProbe.signer,
      source: watched(demoProbe.source, { isOver: () => isFinished, onEnd: participant.leave }),
      outbox,
      wire,
      metrics: demoProbe.metrics,
      periodMs,
      phaseMs: phaseOf(i),
      clock: offsets.length > 0 ? wrongClock(participant, offsets) : participant,
      networkClock: systemClock,
      resendAfterMs: RESEND_AFTER_MS,
    });
    return { probe, participant, isAttacked: demoProbe.attacks.length > 0 };
  };
  const connected = demoProbes.map(connect);

  for (const [i, demoProbe] of demoProbes.entries()) {
    for (const attack of demoProbe.attacks) {
      if (attack.kind === "clone") {
        const phaseMs = Math.floor(phaseOf(i) + options.periodMs / 2) % options.periodMs;
        attackers.push((signal) =>
          runClone({ attack, demoProbe, phaseMs, outbox, strangers, options, signal }),
        );
      }
    }
  }

  return {
    probes: connected.map(({ probe }) => probe),
    waiting: () => waitingOf(connected),
    delivering: () => waitingOf(connected.filter(({ isAttacked }) => !isAttacked)),
    signed: () =>
      demoProbes.reduce(
        (sum, { signer }) => sum + outbox.device(deviceId(signer.publicKey)).head().nextSeq,
        0,
      ),
    finish() {
      isFinished = true;
    },
    async run(signal) {
      const readers = connected.map(({ probe, participant }) => probe.run(signal).finally(participant.leave));
      const untilStopped = (error: unknown) => {
        if (!signal.aborted) throw error;
      };
      working = [...readers, ...attackers.map((attacker) => attacker(signal).catch(untilStopped))];
      await Promise.all(working);
    },
    async close() {
      // Whoever still writes must have ended before what he writes to is closed.
      await Promise.allSettled(working);
      for (const opened of [outbox, ...strangers]) await opened[Symbol.asyncDispose]();
    },
  };
}

function waitingOf(connected: readonly { probe: Probe }[]): number {
  return connected.reduce((sum, { probe }) => sum + probe.stats().waiting, 0);
}

/** Puts whoever stands in the wire of an attacked probe there. */
function attackedWire(
  wire: Wire,
  attacks: readonly Attack[],
  { clock, onAttacker }: { clock: Clock; onAttacker: (run: (signal: AbortSignal) => Promise<void>) => void },
): Wire {
  let tapped = wire;
  for (const attack of attacks) {
    switch (attack.kind) {
      case "tamper":
        tapped = tamperingWire(tapped, { clock, span: attack });
        break;
      case "replay": {
        const { everyMs, ageMs } = attack;
        const replaying = replayingWire(tapped, { clock, span: attack, everyMs, ageMs });
        onAttacker((signal) => replaying.run(signal));
        tapped = replaying.wire;
        break;
      }
      case "clone":
      case "wrong-clock":
        break;
    }
  }
  return tapped;
}

/** A source that can be ended, and that tells when it is over: nobody has to wait for its reader then. */
function watched(source: Source, { isOver, onEnd }: { isOver: () => boolean; onEnd: () => void }): Source {
  return {
    async sample(request) {
      const samples = isOver() ? "end" : await source.sample(request);
      if (samples === "end") onEnd();
      return samples;
    },
  };
}

/** Somebody who copied a probe's key and memory, and reports as that probe from then on. */
async function runClone(clone: {
  attack: Extract<Attack, { kind: "clone" }>;
  demoProbe: DemoProbe;
  /** Half a period from the true reader, so that the true record comes first. */
  phaseMs: number;
  outbox: Outbox;
  strangers: Outbox[];
  options: ConnectOptions;
  signal: AbortSignal;
}): Promise<void> {
  const { attack, demoProbe, phaseMs, outbox, strangers, options, signal } = clone;
  const { site, brokerUrl, periodMs, clock, dataDir } = options;
  await clock.wait(attack.atMs, signal);
  const path = dataDir.file(`stolen-${clock.now()}.db`);
  outbox.copyTo(path);
  const stolen = openOutbox({ path });
  strangers.push(stolen);
  const participant = clock.join();
  const probe = createProbe({
    site,
    signer: demoProbe.signer,
    source: breathlessSource(demoProbe.anotherSource(), attack.oxygenLessMgPerL),
    outbox: stolen,
    wire: createMqttWire({ url: brokerUrl, site, signer: demoProbe.signer, clock: systemClock }),
    metrics: demoProbe.metrics,
    periodMs,
    phaseMs,
    clock: participant,
    networkClock: systemClock,
    resendAfterMs: RESEND_AFTER_MS,
  });
  const ended = new AbortController();
  const end = () => ended.abort();
  const until = clock.wait(attack.untilMs, signal).then(end, end);
  await Promise.all([probe.run(ended.signal).finally(participant.leave), until]);
}
