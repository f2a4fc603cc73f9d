import { addressOfKey } from "../ledger/client.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { startArchiveHttp } from "./archive-http.ts";
import type { StartedOver } from "./ledger-database.ts";
import { createLifecycle } from "./lifecycle.ts";
import { type LoopState, runLoop } from "./loop.ts";
import { createMetrics } from "./metrics.ts";
import type { OracleOptions } from "./options.ts";
import { createParts, type Parts } from "./parts.ts";
import { healthOf, LOOPS, type LoopName, type OracleStatus } from "./status.ts";
import { openStore } from "./store.ts";

export type Oracle = AsyncDisposable & {
  /**
   * Opens the store, serves the archive and begins to work; does not wait for the ledger. `startedOver` says where the
   * store went that belonged to another ledger: everything is then anchored from the first reading on.
   */
  start(): Promise<{ startedOver: StartedOver | undefined }>;
  /** Resolves when the oracle was stopped, rejects when it cannot go on (FOREIGN_BATCH, LEDGER_FORGOT, FEED_BROKEN …). */
  readonly finished: Promise<void>;
  /** The archive's port. @throws NOT_STARTED */
  readonly port: number;
  /** @throws NOT_STARTED */
  status(): OracleStatus;
  stop(): Promise<void>;
};

type Running = {
  startedOver: StartedOver | undefined;
  port: number;
  status(): OracleStatus;
  stop(): Promise<void>;
};

/** The oracle of one gateway: admitted readings become trees, batches, anchors, evidence and claims. */
export function createOracle(options: OracleOptions): Oracle {
  const { begin, current, lifecycle } = createLifecycle("oracle", (onFailure) => run(options, onFailure));
  return {
    ...lifecycle,
    async start() {
      refuseSharedKey(options);
      const { startedOver } = await begin();
      return { startedOver };
    },
    get port() {
      return current().port;
    },
    status: () => current().status(),
  };
}

async function run(options: OracleOptions, onFailure: (error: unknown) => void): Promise<Running> {
  const { dir, log, batch } = options;
  const { chainId, genesis, contracts } = options.ledger.deployment;
  const identity = { chainId, genesis, batchLedger: contracts.BatchLedger };
  const { store, startedOver } = openStore({ dir, identity });
  if (startedOver !== undefined)
    log.warn(
      { ...startedOver },
      "another ledger than before: every reading is anchored again from the first",
    );

  const parts = createParts({ ...options, store });
  const states = Object.fromEntries(LOOPS.map((name) => [name, { failing: undefined }])) as Record<
    LoopName,
    LoopState
  >;
  const status = (): OracleStatus => ({ ...parts.status(), failing: failingOf(states), startedOver });
  const http = await startArchiveHttp({
    ...options.http,
    deployment: options.ledger.deployment,
    store,
    prover: parts.prover,
    status,
    health: () => healthOf(status(), batch.maxAgeMs),
    metrics: createMetrics(status),
  });

  const ending = new AbortController();
  const loops = runParts(parts, { ...options, states, ending, onFailure });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    ending.abort();
    await Promise.all(loops);
    await http.stop();
    parts.close();
    store.close();
  };
  return {
    startedOver,
    port: http.port,
    status,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** A part that cannot go on stops the others: what they would build on it is wrong. The archive is served on. */
function runParts(
  { turns }: Parts,
  {
    pollIntervalMs = 250,
    log,
    states,
    ending,
    onFailure,
  }: Pick<OracleOptions, "pollIntervalMs" | "log"> & {
    states: Record<LoopName, LoopState>;
    ending: AbortController;
    onFailure: (error: unknown) => void;
  },
): Promise<void>[] {
  return turns.map(async ({ name, turn }) => {
    const state = states[name];
    try {
      await runLoop({ name, turn, idleMs: pollIntervalMs, state, signal: ending.signal, log });
    } catch (error) {
      state.failing = isPondproofError(error) ? error.code : "INTERNAL";
      const facts = isPondproofError(error)
        ? { code: error.code, ...error.facts, hint: error.hint }
        : { error };
      log.error({ part: name, ...facts }, "cannot go on");
      onFailure(error);
      ending.abort(error);
    }
  });
}

function failingOf(states: Record<LoopName, LoopState>): OracleStatus["failing"] {
  return Object.fromEntries(
    LOOPS.flatMap((name) => {
      const { failing } = states[name];
      return failing === undefined ? [] : [[name, failing]];
    }),
  );
}

/** Two senders of one key would take each other's transaction numbers. */
function refuseSharedKey({ operatorKey, agentKey }: OracleOptions): void {
  if (agentKey !== undefined && addressOfKey(agentKey) === addressOfKey(operatorKey)) {
    throw new PondproofError("INVALID_ARGUMENT", { agentKey: "the same as the operator's" });
  }
}
