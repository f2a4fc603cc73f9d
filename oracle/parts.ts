import { connectLedger, type Ledger } from "../ledger/client.ts";
import { createAnchor } from "./anchor.ts";
import { type Anchoring, createAnchoring } from "./anchoring.ts";
import { passSealed } from "./batch-passages.ts";
import { createBeaconTurn } from "./beacon.ts";
import { type ClaimsAgent, createClaimsAgent } from "./claims-agent.ts";
import { createIngest } from "./ingest.ts";
import type { OracleOptions } from "./options.ts";
import { createProver, type Prover } from "./proofs.ts";
import { createRegistry } from "./registry.ts";
import { createSealer } from "./sealing.ts";
import type { LoopName, OracleStatus } from "./status.ts";
import type { Store } from "./store.ts";

/** Something that a loop runs. */
export type Turn = (signal: AbortSignal) => Promise<"again" | "idle">;

/** The oracle's working parts over one store. */
export type Parts = {
  prover: Prover;
  turns: { name: LoopName; turn: Turn }[];
  status(): Omit<OracleStatus, "failing" | "startedOver">;
  /** Ends the connections to the ledger. */
  close(): void;
};

/** Wires the parts; those that need the ledger connect in their first turn, and again until it is there. */
export function createParts(options: OracleOptions & { store: Store }): Parts {
  const { store, feed, log, clock, operatorKey, agentKey, announceBeacon: announce } = options;
  const prover = createProver({ store });
  const ingest = createIngest({ feed, store });
  const sealer = createSealer({ store });
  const connections: Ledger[] = [];

  const connect = async (key: string) => {
    const ledger = await connectLedger({ ...options.ledger, key });
    connections.push(ledger);
    return ledger;
  };

  const operatorLedger = once(() => connect(operatorKey));
  const anchoring = once(async (): Promise<Anchoring> => {
    const ledger = await operatorLedger.get();
    const { genesis } = ledger.deployment;
    const onStep: typeof options.onAnchorStep = (step, number) => {
      if (step === "sealed") passSealed({ store, genesis, number });
      options.onAnchorStep?.(step, number);
    };
    return createAnchoring({
      anchor: createAnchor({ ledger, account: ledger.account, store, log, onStep }),
      registry: createRegistry({ ledger, store }),
      sealer,
      clock,
      rules: options.batch,
      ledgerTimeMs: options.ledgerTimeMs ?? ledger.timeMs,
      verify: ledger.verify,
      onStep,
    });
  });

  const agentLedger = once(() => connect(agentKey!));
  let agent: ClaimsAgent | undefined;
  let forgotten = 0;
  /** Begins when it is known what is anchored, and again from the ledger's events when the ledger went back. */
  const agentTurn: Turn = async (signal) => {
    if (anchoring.made?.reconciled !== true) return "idle";
    if (agent === undefined || forgotten !== anchoring.made.forgotten) {
      forgotten = anchoring.made.forgotten;
      const ledger = await agentLedger.get();
      const { collectForHolder = true } = options;
      ledger.account.resync();
      agent = createClaimsAgent({ ledger, account: ledger.account, store, prover, log, collectForHolder });
    }
    return agent.turn(signal);
  };

  return {
    prover,
    turns: [
      { name: "ingest", turn: ingest.turn },
      { name: "anchoring", turn: async (signal) => (await anchoring.get()).turn(signal) },
      ...(announce === undefined
        ? []
        : [
            {
              name: "beacon" as const,
              turn: createBeaconTurn({ getLedger: operatorLedger.get, announce, clock }),
            },
          ]),
      ...(agentKey === undefined ? [] : [{ name: "claims" as const, turn: agentTurn }]),
    ],
    status() {
      const anchored = store.batches.lastAnchored();
      return {
        lastBatch: store.batches.last(),
        anchored,
        anchoredReadings: store.batches.find(anchored)?.readings ?? 0,
        pendingReadings: sealer.pending(),
        cursor: store.streams.cursor(),
        lagMs: anchoring.made?.waitingMs() ?? 0,
        received: { ...ingest.stats },
        refused: { ...sealer.refused },
        agent: agent?.stats,
        forgotten: anchoring.made?.forgotten ?? 0,
      };
    },
    close() {
      for (const ledger of connections) ledger.close();
    },
  };
}

/** Something made at its first use, and tried again where making it failed. */
function once<T>(make: () => Promise<T>): { get(): Promise<T>; readonly made: T | undefined } {
  let made: T | undefined;
  return {
    async get() {
      made ??= await make();
      return made;
    },
    get made() {
      return made;
    },
  };
}
