import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, vi } from "vitest";
import { streamOfKey } from "../../../../ledger/devices.ts";
import { readEvents } from "../../../../ledger/events.ts";
import { silentLog } from "../../../../oracle/log.ts";
import { createArchiveClient } from "../../../../oracle/replica/archive-client.ts";
import { createWatcher, type Watcher } from "../../../../oracle/watcher/watcher.ts";
import { toHex } from "../../../../protocol/bytes.ts";
import { decodeManifest } from "../../../../protocol/manifest.ts";
import { makeChain, makeKey } from "../../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../../ledger/chain.ts";
import { spoilTree } from "../spoil-tree.ts";
import {
  allAnchored,
  batchEvents,
  createMemoryFeed,
  eventually,
  expectedContent,
  makeDir,
  registerProbes,
  startOracle,
  TOKEN,
} from "../world.ts";

const keys = [makeKey("spoiled"), makeKey("bystander")];
const FRAMES = keys.map((key) => makeChain({ key, count: 30 }));

it("a spoiled tree is convicted, carried again whole, and the other stream notices nothing", async () => {
  using folder = makeDir();
  using watching = makeDir();
  await using chain = await startTestChain({ genesisMs: Date.UTC(2025, 5, 20) });
  await registerProbes(chain, keys);
  const feed = createMemoryFeed();
  for (const [i, key] of keys.entries()) feed.readings(key, FRAMES[i]!.slice(0, 10));
  const options = { feed, ...folder, batch: { maxReadings: 1_000, maxAgeMs: 0 } };
  {
    await using oracle = await startOracle(chain, options);
    await allAnchored(oracle, feed);
  }
  spoilTree(folder.dir, keys[0]!, streamOfKey(chain.deployment, keys[0]!.publicKey));

  await using oracle = await startOracle(chain, options);
  for (const [i, key] of keys.entries()) feed.readings(key, FRAMES[i]!.slice(10, 20), 10);
  await allAnchored(oracle, feed);
  const archive = createArchiveClient({ url: `http://127.0.0.1:${oracle.port}`, token: TOKEN });
  await using watcher = await startWatcher(chain, { archive, dir: watching.dir });
  await vi.waitFor(() => expect(watcher.status().cases.convicted).toBe(1), { timeout: 20_000 });

  for (const [i, key] of keys.entries()) feed.readings(key, FRAMES[i]!.slice(20), 20);
  await allAnchored(oracle, feed);
  const { events } = await batchEvents(chain);
  const newest = events.at(-1)!;
  expect(newest).toMatchObject(expectedContent(chain, feed, keys));
  await vi.waitFor(
    () => expect(watcher.status()).toMatchObject({ behind: 0, missing: 0, newest: newest.number }),
    { timeout: 20_000 },
  );
  const ledger = await chain.connect("farmer");
  const voids = await readEvents({ ledger, kinds: ["StreamVoided", "Convicted"] });
  const [spoiled, bystander] = keys.map((key) => streamOfKey(chain.deployment, key.publicKey)) as [
    `0x${string}`,
    `0x${string}`,
  ];
  expect(new Set(voids.map(({ streamId }) => streamId))).toEqual(new Set([spoiled]));
  expect(await ledger.contracts.Challenges.isUsable(spoiled, newest.number)).toBe(true);
  for (const { number } of events)
    expect(await ledger.contracts.Challenges.isUsable(bystander, number)).toBe(true);
  ledger.close();

  const firsts = new Map<string, number[]>();
  for (const { number } of events) {
    const { signal } = new AbortController();
    const { streams } = decodeManifest((await archive.manifest({ number, hash: undefined }, signal))!);
    for (const { streamId, from } of streams)
      firsts.set(toHex(streamId), [...(firsts.get(toHex(streamId)) ?? []), from]);
  }
  expect(firsts.get(spoiled)).toContain(0);
  expect(firsts.get(spoiled)!.filter((from) => from === 0)).toHaveLength(2);
  expect(firsts.get(bystander)).toEqual([0, 10, 20]);
});

it.each([
  ["signed when a stream in it is voided is taken back, and convicts nobody", "signed", [2]],
  ["sent when a stream in it is voided is taken back, and convicts nobody", "sent", [2]],
  [
    "mined right after a stream in it is voided is convicted by its own nodes, and what corrects it stands",
    "mined",
    [2, 3],
  ],
] as const)("a batch that was %s", async (_, step, convicted) => {
  using folder = makeDir();
  using watching = makeDir();
  await using chain = await startTestChain({ genesisMs: Date.UTC(2025, 5, 20) });
  await registerProbes(chain, keys);
  const feed = createMemoryFeed();
  const options = { feed, ...folder, batch: { maxReadings: 1_000, maxAgeMs: 0 } };
  const feedTo = (from: number, to: number) => {
    for (const [i, key] of keys.entries()) feed.readings(key, FRAMES[i]!.slice(from, to), from);
  };
  feedTo(0, 10);
  {
    await using oracle = await startOracle(chain, options);
    await allAnchored(oracle, feed);
  }
  spoilTree(folder.dir, keys[0]!, streamOfKey(chain.deployment, keys[0]!.publicKey));
  {
    // Anchoring dies with a batch on the false tree under way; the archive is served on.
    let anchored = 0;
    await using oracle = await startOracle(chain, {
      ...options,
      onAnchorStep(at, number) {
        if (at === "anchored") anchored = number;
        if (at === "signed" && anchored > 1 && number > anchored) throw new Error("killed");
      },
    });
    feedTo(10, 20);
    await allAnchored(oracle, feed);
    feedTo(20, 30);
    await expect(oracle.finished).rejects.toThrow("killed");
    const archive = createArchiveClient({ url: `http://127.0.0.1:${oracle.port}`, token: TOKEN });
    await using watcher = await startWatcher(chain, { archive, dir: watching.dir });
    await vi.waitFor(() => expect(watcher.status().cases.convicted).toBe(1), { timeout: 20_000 });
  }
  if (step === "sent") markSent(folder.dir);
  if (step === "mined") await sendSigned(chain, folder.dir);

  await using oracle = await startOracle(chain, options);
  const archive = createArchiveClient({ url: `http://127.0.0.1:${oracle.port}`, token: TOKEN });
  await using watcher = await startWatcher(chain, { archive, dir: watching.dir });
  await eventually(async () => {
    const { events } = await batchEvents(chain);
    expect(events.at(-1)).toMatchObject(expectedContent(chain, feed, keys));
    expect(watcher.status()).toMatchObject({ behind: 0, missing: 0, newest: events.length });
    expect(watcher.status().cases.convicted).toBe(convicted.length);
  });
  const ledger = await chain.connect("farmer");
  const all = await readEvents({ ledger, kinds: ["Convicted"] });
  expect(all.map(({ batch }) => batch)).toEqual(convicted);
  const { events } = await batchEvents(chain);
  expect(await ledger.contracts.Challenges.isUsable(all[0]!.streamId, events.length)).toBe(true);
  ledger.close();
});

async function startWatcher(
  chain: TestChain,
  { archive, dir }: { archive: ReturnType<typeof createArchiveClient>; dir: string },
): Promise<Watcher> {
  const watcher = createWatcher({
    ledger: { deployment: chain.deployment, pollingIntervalMs: 5 },
    key: keyOf("agent"),
    sources: [archive],
    claimed: archive,
    dir,
    http: { host: "127.0.0.1", port: 0, tokens: [TOKEN] },
    pollIntervalMs: 5,
    log: silentLog,
  });
  await watcher.start();
  return watcher;
}

/** The process died after it had handed the bytes to a node that lost them. */
function markSent(dir: string): void {
  const database = new DatabaseSync(join(dir, "oracle.db"));
  database.exec("UPDATE batches SET state = 'sent' WHERE state = 'sealed' AND raw IS NOT NULL");
  database.close();
}

/** Another node had the bytes all along. */
async function sendSigned(chain: TestChain, dir: string): Promise<void> {
  const database = new DatabaseSync(join(dir, "oracle.db"));
  const { raw } = database.prepare("SELECT raw FROM batches WHERE state = 'sealed'").get() as { raw: string };
  database.close();
  const ledger = await chain.connect("operator");
  await ledger.account.send(raw);
  ledger.close();
}
