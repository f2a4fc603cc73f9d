import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGroupCommit } from "../../../firmware-sim/group-commit.ts";
import { type DeviceOutbox, openOutbox } from "../../../firmware-sim/outbox.ts";
import { chainHash } from "../../../protocol/signature.ts";
import { makeChain, makeKey } from "../../factories.ts";

const KEY = makeKey("outbox");
const CHAIN = makeChain({ key: KEY, count: 100 });

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-outbox-"));
});
afterAll(() => rm(folder, { recursive: true }));
const newPath = () => join(folder, `${++files}.db`);

async function fill(outbox: DeviceOutbox, frames: readonly Uint8Array[], { signed = true } = {}) {
  for (const frame of frames) {
    await outbox.append(frame.slice(0, 96));
    if (signed) outbox.attachSignature(outbox.head().nextSeq - 1, frame.slice(96));
  }
}

describe("the outbox", () => {
  it("gives frames back in order, from any number, as they were signed", async () => {
    await using outbox = openOutbox({ path: newPath() });
    const mine = outbox.device(KEY.deviceId);
    await fill(mine, CHAIN.slice(0, 10));
    const frames = mine.frames({ fromSeq: 4, limit: 3 });
    expect(frames.map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect(frames.map(({ frame }) => frame)).toEqual(CHAIN.slice(4, 7));
    expect([mine.firstSeq(), mine.waiting(), outbox.bytes()]).toEqual([0, 10, 1600]);
  });

  it("remembers number, hash and time of the last record when all frames are gone", async () => {
    const path = newPath();
    {
      await using outbox = openOutbox({ path });
      const mine = outbox.device(KEY.deviceId);
      await fill(mine, CHAIN.slice(0, 5));
      mine.release(4);
    }
    await using outbox = openOutbox({ path });
    const mine = outbox.device(KEY.deviceId);
    expect(mine.head()).toEqual({
      nextSeq: 5,
      prev: chainHash(CHAIN[4]!.slice(0, 96)),
      lastTimeMs: 1_750_000_000_000 + 4 * 60_000,
    });
    expect([mine.firstSeq(), mine.waiting()]).toEqual([5, 0]);
  });

  it("keeps a record through a crash before its signature, and asks for the signature again", async () => {
    const path = newPath();
    const crashed = openOutbox({ path });
    await fill(crashed.device(KEY.deviceId), CHAIN.slice(0, 3));
    await fill(crashed.device(KEY.deviceId), CHAIN.slice(3, 4), { signed: false });
    // The signature of record 2 came with record 3; a process that dies here closes nothing.
    const copy = newPath();
    const asOnDisk = new DatabaseSync(path, { readOnly: true });
    asOnDisk.prepare("VACUUM INTO ?").run(copy);
    asOnDisk.close();
    await using outbox = openOutbox({ path: copy });
    const mine = outbox.device(KEY.deviceId);
    expect(mine.unsigned()).toEqual([{ seq: 3, record: CHAIN[3]!.slice(0, 96) }]);
    expect(mine.head().nextSeq).toBe(4);
    expect(mine.frames({ fromSeq: 0, limit: 64 })).toHaveLength(3);
    mine.attachSignature(3, CHAIN[3]!.slice(96));
    expect(mine.frames({ fromSeq: 0, limit: 64 })).toHaveLength(4);
    await crashed[Symbol.asyncDispose]();
  });

  it("refuses when it is full, keeps the number free, and takes records again after a release", async () => {
    await using outbox = openOutbox({ path: newPath(), maxBytes: 3 * 160 });
    const mine = outbox.device(KEY.deviceId);
    await fill(mine, CHAIN.slice(0, 3));
    expect(await mine.append(CHAIN[3]!.slice(0, 96))).toBe("full");
    expect([mine.head().nextSeq, mine.waiting()]).toEqual([3, 3]);
    mine.release(0);
    expect(await mine.append(CHAIN[3]!.slice(0, 96))).toBe("kept");
    expect(mine.frames({ fromSeq: 0, limit: 64 }).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("keeps devices apart", async () => {
    await using outbox = openOutbox({ path: newPath() });
    const [mine, other] = [outbox.device(KEY.deviceId), outbox.device(makeKey("other").deviceId)];
    await fill(mine, CHAIN.slice(0, 3));
    expect([other.head().nextSeq, other.waiting()]).toEqual([0, 0]);
    other.release(99);
    expect(mine.waiting()).toBe(3);
  });

  it("joins what is written in one turn in one commit", async () => {
    await using outbox = openOutbox({ path: newPath() });
    const keys = Array.from({ length: 18 }, (_, i) => makeKey(i));
    const kept = await Promise.all(
      keys.map((key) => outbox.device(key.deviceId).append(makeChain({ key, count: 1 })[0]!.slice(0, 96))),
    );
    expect(kept).toEqual(keys.map(() => "kept"));
  });

  it("undoes what the database refused, and goes on from there", async () => {
    const path = newPath();
    await using outbox = openOutbox({ path });
    const mine = outbox.device(KEY.deviceId);
    await fill(mine, CHAIN.slice(0, 2));
    // A number that is there already is the refusal that a test can make without filling a disk.
    await expect(mine.append(CHAIN[1]!.slice(0, 96))).rejects.toMatchObject({ code: "OUTBOX_WRITE_FAILED" });
    expect([mine.head().nextSeq, mine.waiting(), outbox.bytes()]).toEqual([2, 2, 320]);
    expect(await mine.append(CHAIN[2]!.slice(0, 96))).toBe("kept");
  });

  it("refuses the file of another version", async () => {
    const path = newPath();
    const other = new DatabaseSync(path);
    other.exec("PRAGMA user_version = 99");
    other.close();
    expect(() => openOutbox({ path })).toThrow("OUTBOX_UNUSABLE");
  });

  it("copies all that it knows", async () => {
    await using outbox = openOutbox({ path: newPath() });
    await fill(outbox.device(KEY.deviceId), CHAIN.slice(0, 4));
    const copy = newPath();
    outbox.copyTo(copy);
    await using copied = openOutbox({ path: copy });
    expect(copied.device(KEY.deviceId).head()).toEqual(outbox.device(KEY.deviceId).head());
    expect(copied.device(KEY.deviceId).frames({ fromSeq: 0, limit: 9 })).toHaveLength(4);
  });
});

describe("a group commit", () => {
  it("tells everybody in the group when the disk fails, and begins anew", async () => {
    let isFull = true;
    let undone = 0;
    const database = {
      isTransaction: false,
      exec(sql: string) {
        if (sql === "COMMIT" && isFull) throw new Error("database or disk is full");
        database.isTransaction = sql.startsWith("BEGIN");
      },
    };
    const commits = createGroupCommit(database, { onUndone: () => undone++ });
    const write = () => {
      commits.write(() => {});
      return commits.durable();
    };
    const results = await Promise.allSettled([write(), write()]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(undone).toBe(1);
    isFull = false;
    await expect(write()).resolves.toBeUndefined();
  });
});
