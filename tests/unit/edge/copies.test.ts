import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { backUp, restore } from "../../../edge/store/copies.ts";
import { openStore } from "../../../edge/store.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { pairDevice, readFeed, startGateway } from "./harness.ts";

const key = makeKey("alpha");
const chain = makeChain({ key, count: 40, periodMs: 10_000 });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pondproof-copies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a copy of a gateway at work holds what was acknowledged, and a restored one goes on with it", async () => {
  await using site = await startGateway();
  const store = join(site.dataDir, "gateway.db");
  const copy = join(folder, "copy.db");
  {
    await using probe = await pairDevice(site, key);
    await probe.send(chain.slice(0, 20), 4);
    await probe.ack(({ contiguous }) => contiguous === 19);
    expect(await backUp({ from: store, to: copy })).toMatchObject({ path: copy, version: 3 });
    await probe.send(chain.slice(20), 4);
    await probe.ack(({ contiguous }) => contiguous === 39);
  }
  expect(() => restore({ from: copy, to: store, nowMs: 1 })).toThrow("STORE_IN_USE");
  await site.gateway.stop();
  expect(restore({ from: copy, to: store, nowMs: 1 }).kept).toBe(`${store}.before-restore-1`);
  await site.restart();
  expect(await readFeed(site.gateway)).toHaveLength(20);
  await using probe = await pairDevice(site, key);
  await probe.send(chain.slice(20), 4);
  await probe.ack(({ contiguous }) => contiguous === 39);
});

test("a copy is never written over a file, nor a broken one put in a store's place", async () => {
  const store = join(folder, "gateway.db");
  openStore({ path: store }).close();
  const copy = join(folder, "copy.db");
  await backUp({ from: store, to: copy });
  await expect(backUp({ from: store, to: copy })).rejects.toThrow("INVALID_ARGUMENT");
  await expect(backUp({ from: join(folder, "none.db"), to: join(folder, "x") })).rejects.toThrow("not there");
  truncateSync(copy, 5_000);
  expect(() => restore({ from: copy, to: store, nowMs: 1 })).toThrow("STORE_BROKEN");
  writeFileSync(copy, "no database at all, but long enough to be taken for one");
  expect(() => restore({ from: copy, to: store, nowMs: 1 })).toThrow("STORE_BROKEN");
  expect(existsSync(`${store}.before-restore-1`)).toBe(false);
});

describe("a store whose last write was torn by a power cut", () => {
  /** A store of some commits, and how long its write-ahead log was after each. */
  function write(commits: number) {
    const path = join(folder, "gateway.db");
    const store = openStore({ path });
    const { row } = store.devices.add({
      device: key.device,
      publicKey: key.publicKey,
      periodMs: 1,
      approvedAtMs: 1,
    });
    const clockRow = store.clocks.rowOf({ trust: { trusted: false, reason: "new" }, earliestMs: 0 });
    const lengths = chain.slice(0, commits).map((frame, seq) => {
      store.transaction(() =>
        store.positions.addReading({ row, seq, timeMs: seq + 1, receivedAtMs: 1, clockRow, frame }),
      );
      return readFileSync(`${path}-wal`).length;
    });
    const files = { db: readFileSync(path), wal: readFileSync(`${path}-wal`) };
    store.close();
    return { lengths, files };
  }
  const reopen = (db: Buffer, wal: Buffer) => {
    const path = join(folder, "after.db");
    for (const ending of ["", "-wal", "-shm"]) rmSync(`${path}${ending}`, { force: true });
    writeFileSync(path, db);
    writeFileSync(`${path}-wal`, wal);
    const store = openStore({ path });
    const seqs = store.positions.after(0, 100).map(({ seq }) => seq);
    store.close();
    return seqs;
  };

  test("opens with every commit before it, whole, wherever it was cut", () => {
    const { lengths, files } = write(12);
    const [before, last] = [lengths.at(-2)!, lengths.at(-1)!];
    for (let cut = before; cut < last; cut += 257)
      expect(reopen(files.db, files.wal.subarray(0, cut))).toEqual([...Array(11).keys()]);
    expect(reopen(files.db, files.wal)).toEqual([...Array(12).keys()]);
  });

  test("opens likewise when its last page is full of something else", () => {
    const { lengths, files } = write(12);
    for (const garbage of [0x00, 0xff, 0x5a]) {
      const wal = Buffer.from(files.wal);
      wal.fill(garbage, lengths.at(-2)! + 100);
      expect(reopen(files.db, wal)).toEqual([...Array(11).keys()]);
    }
  });
});

test("a store of the first version is brought up to date with everything in it", async () => {
  const path = join(folder, "gateway.db");
  const { DatabaseSync } = await import("node:sqlite");
  const { MIGRATIONS } = await import("../../../edge/store/schema.ts");
  const db = new DatabaseSync(path);
  db.exec(MIGRATIONS[0]);
  db.exec(`INSERT INTO settings VALUES ('beacon', '{}')`);
  db.close();
  const store = openStore({ path });
  expect(store.setting("beacon")).toBe("{}");
  store.audit.add({ atMs: 1, action: "restored", device: "", detail: {} });
  expect(store.audit.after(0, 10)).toHaveLength(1);
  store.close();
  const after = new DatabaseSync(path);
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 3 });
  expect(() => after.exec("DELETE FROM audit")).toThrow("append-only");
  after.close();
});
