import type { ScenarioName } from "../../firmware-sim/scenarios.ts";
import { createStandingSource } from "../../portal/server/access/standing-from-ledger.ts";
import { createLedgerBooks } from "../../portal/server/ledger-books.ts";
import { createLedgerView } from "../../portal/server/ledger-from-client.ts";
import { createPortal } from "../../portal/server/portal.ts";
import { createSpanTap, type ObservedSpan } from "../../telemetry/observed-span.ts";
import { startTracing } from "../../telemetry/tracing.ts";
import { directoryOf } from "../directory.ts";
import { type Actor, actorKey } from "../keys.ts";
import { ledgerPondId } from "../ledger-site.ts";
import { type Run, startRun } from "../run.ts";
import { type Result, tellStory } from "../story.ts";
import { choosePlay } from "../water.ts";
import { createFarmer, createReviewer, lookAlong, signIn } from "./people.ts";
import { askPlatforms } from "./platforms.ts";

const HOST = "127.0.0.1";
/** The four activities happen in it: a contract, data, a claim, a payment. */
const SCENARIO: ScenarioName = "aerator-failure";
const SEED = 1;
/** As fast as the system can follow. */
const SPEED = 20_000;

/** What a run left behind. */
export type ObservedRun = {
  scenario: ScenarioName;
  seed: number;
  result: Result;
  spans: ObservedSpan[];
  /** What people took along, by the path that they asked for. */
  exports: Map<string, string>;
};

/**
 * Runs the four activities of Table 4 with the real parts in this process, every reading traced, with a farmer and a
 * reviewer who look at the portal all along. `whileUp` looks at the run before its parts stop.
 * @throws SCENARIO_FAILED when anything did not happen
 */
export async function observeRun({
  dataDir,
  onProgress,
  signal,
  whileUp = async () => undefined,
}: {
  dataDir: string;
  onProgress: (sentence: string) => void;
  signal: AbortSignal;
  whileUp?: (run: Run) => Promise<void>;
}): Promise<ObservedRun> {
  const spans: ObservedSpan[] = [];
  const exporter = createSpanTap((span) => spans.push(span));
  const tracing = startTracing({ service: "demo", sink: { kind: "exporter", exporter }, ratio: 1 });
  try {
    const play = await choosePlay({ scenario: SCENARIO, lie: undefined, seed: SEED, replay: undefined });
    const chain = { kind: "hardhat" } as const;
    const run = await startRun({ play, speed: SPEED, seed: SEED, dataDir, chain, replay: undefined });
    try {
      const { result, exports } = await withPeople(run, { onProgress, signal });
      await whileUp(run);
      return { scenario: SCENARIO, seed: SEED, result, spans, exports };
    } finally {
      await run.stop();
    }
  } finally {
    await tracing.stop();
  }
}

/** The story, told while people look at the portal. */
async function withPeople(
  run: Run,
  { onProgress, signal }: { onProgress: (sentence: string) => void; signal: AbortSignal },
): Promise<Pick<ObservedRun, "result" | "exports">> {
  const portal = createPortal({
    port: 0,
    host: HOST,
    gateway: { url: `http://${HOST}:${run.gateway.ports.http}`, token: run.tokens.gateway },
    oracle: { url: run.api, token: run.tokens.auditor },
    watcher: { url: `http://${HOST}:${run.watcher.port}`, token: run.tokens.insurer },
    ledger: createLedgerView({ ledger: run.ledger }),
    books: createLedgerBooks({ ledger: run.ledger }),
    standing: createStandingSource({ ledger: run.ledger }),
    chainId: run.chain.chainId,
    database: run.dataDir.file("portal.db"),
    directory: directoryOf(run.probes, {
      ledgerPondId: (pond) => ledgerPondId(run.dataDir.secret, pond),
      institutions: [],
    }),
    clock: run.clock,
    log: run.log.child({ part: "portal" }),
  });
  const { url } = await portal.start();
  const leaving = new AbortController();
  const visitOf = async (actor: Actor) => {
    const key = actorKey(run.dataDir.secret, actor);
    return { url, cookie: await signIn(url, key), nowMs: run.clock.now };
  };
  const people = [createFarmer(await visitOf("farmer-huzhou")), createReviewer(await visitOf("officer"))];
  const looking = lookAlong(people, leaving.signal);
  try {
    await askPlatforms({ nowMs: run.clock.now(), path: run.dataDir.file("feeds.sqlite"), signal });
    const ended = Promise.all([run.ended, looking]).then(() => signal.throwIfAborted());
    const result = await Promise.race([
      tellStory(run, { onProgress, signal }),
      ended.then(() => new Promise<never>(() => undefined)),
    ]);
    leaving.abort();
    await looking;
    await lookAlong(people, signal, (seen) => seen.every(({ allPaid }) => allPaid));
    const parts = await Promise.all(people.map((person) => person.export()));
    return { result, exports: new Map(parts.flatMap((part) => [...part])) };
  } finally {
    leaving.abort();
    await Promise.allSettled([looking]);
    await portal.stop();
  }
}
