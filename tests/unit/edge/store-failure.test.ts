import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeChain, makeKey } from "../../factories.ts";
import { pairDevice, readFeed, startGateway } from "./harness.ts";

const key = makeKey("alpha");
const chain = makeChain({ key, count: 3 });

test("nothing is acknowledged that could not be committed, and health says so until it can", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  await probe.send([chain[0]!]);
  await probe.ack(({ contiguous }) => contiguous === 0);
  const health = async () =>
    (await fetch(`http://127.0.0.1:${site.gateway.ports.http}/health`)).json() as Promise<{
      reasons: { code: string }[];
    }>;

  const lock = new DatabaseSync(join(site.dataDir, "gateway.db"));
  lock.exec("BEGIN IMMEDIATE");
  const heard = probe.acks.length;
  await probe.send([chain[1]!, chain[2]!], 2);
  while (site.gateway.stats().admission.failedBatches === 0) await nextTurn();
  expect((await health()).reasons).toContainEqual({ code: "store-failing" });
  expect(site.gateway.devices()[0]).toMatchObject({ nextSeq: 1, verdicts: { stored: 1 } });
  lock.exec("ROLLBACK");
  lock.close();

  await probe.send([chain[1]!, chain[2]!], 2);
  await probe.ack(({ contiguous }) => contiguous === 2);
  const [refused, ...later] = probe.acks.slice(heard);
  expect(refused).toEqual({
    contiguous: 0,
    missing: [],
    verdicts: [
      { seq: 1, verdict: "not-stored" },
      { seq: 2, verdict: "not-stored" },
    ],
  });
  expect(later.map(({ contiguous }) => contiguous)).toEqual([2]);
  expect((await health()).reasons).not.toContainEqual({ code: "store-failing" });
  expect(await readFeed(site.gateway)).toHaveLength(3);
});
