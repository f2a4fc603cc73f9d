import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFileKey } from "../../../firmware-sim/key.ts";
import { nextNumber } from "../../../firmware-sim/next-number.ts";
import { openNumberReserve, RESERVE_STRIDE } from "../../../firmware-sim/number-reserve.ts";
import { openOutbox } from "../../../firmware-sim/outbox.ts";
import { openOrReplaceOutbox, salvage } from "../../../firmware-sim/outbox-recovery.ts";
import { createRecorder } from "../../../firmware-sim/recorder.ts";
import { decodeRecord } from "../../../protocol/record.ts";
import { chainHash, deviceId, splitFrame, verifyRecord } from "../../../protocol/signature.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { isMissing, prlimit } from "../../real-components.ts";

const KEY = makeKey("damage");
const CHAIN = makeChain({ key: KEY, count: 60 });

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-damage-"));
});
afterAll(() => rm(folder, { recursive: true }));
const newPath = () => join(folder, `${++files}.db`);

/** An outbox as a power cut finds it: the files' bytes while the process still holds them. */
async function filled(count: number) {
  const path = newPath();
  const outbox = openOutbox({ path });
  const mine = outbox.device(KEY.deviceId);
  const walBytes: number[] = [];
  for (const frame of CHAIN.slice(0, count)) {
    await mine.append(frame.slice(0, 96));
    mine.attachSignature(mine.head().nextSeq - 1, frame.slice(96));
    walBytes.push(statSync(`${path}-wal`).size);
  }
  return { path, walBytes, close: () => outbox[Symbol.asyncDispose]() };
}

function asOnDisk(path: string, wal: Uint8Array): string {
  const copy = newPath();
  copyFileSync(path, copy);
  writeFileSync(`${copy}-wal`, wal);
  return copy;
}

describe("a power cut in the middle of a write", () => {
  it("leaves every record that was called durable, wherever the last page is torn", async () => {
    const { path, walBytes, close } = await filled(20);
    const wal = readFileSync(`${path}-wal`);
    const durable = 18;
    const [from, to] = [walBytes[durable - 1]!, walBytes[durable]!];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: from, max: to - 1 }),
        fc.uint8Array({ maxLength: 5_000 }),
        async (cut, garbage) => {
          const copy = asOnDisk(path, Buffer.concat([wal.subarray(0, cut), garbage]));
          await using outbox = openOutbox({ path: copy });
          const mine = outbox.device(KEY.deviceId);
          expect([mine.head().nextSeq, mine.waiting()]).toEqual([durable, durable]);
          expect(await mine.append(CHAIN[durable]!.slice(0, 96))).toBe("kept");
        },
      ),
      { numRuns: 60 },
    );
    await close();
  });
});

describe("a destroyed outbox", () => {
  it.each([
    ["its first page is gone", (bytes: Buffer) => bytes.fill(0xa5, 0, 4_096)],
    ["a page in its middle is another's", (bytes: Buffer) => bytes.fill(0xa5, 4_096, 3 * 4_096)],
    ["it was cut short", (bytes: Buffer) => bytes.subarray(0, 4_096)],
  ])("is moved aside whole when %s, and an empty one takes its place", async (_, destroy) => {
    const { path, close } = await filled(60);
    await close();
    writeFileSync(path, destroy(readFileSync(path)));
    const { outbox, movedAside } = openOrReplaceOutbox({ path }, { nowMs: 42 });
    expect(movedAside).toBe(`${path}.broken-42`);
    expect(existsSync(movedAside!)).toBe(true);
    expect(outbox.device(KEY.deviceId).isKnown()).toBe(false);
    await outbox[Symbol.asyncDispose]();
  });

  it("gives up the frames that can still be read and verified, which are sent after all", async () => {
    const { path, close } = await filled(60);
    await close();
    const bytes = readFileSync(path);
    // The end of the file: pages of the last frames, and a byte of one before.
    const signature = Buffer.from(CHAIN[3]!.slice(96));
    for (let at = bytes.indexOf(signature); at !== -1; at = bytes.indexOf(signature)) bytes[at + 5]! ^= 1;
    bytes.fill(0xa5, bytes.length - 4_096);
    writeFileSync(path, bytes);
    const { outbox, movedAside } = openOrReplaceOutbox({ path }, { nowMs: 42 });
    const mine = outbox.device(KEY.deviceId);
    await mine.continueAt(1_024);
    const salvaged = await salvage({ from: movedAside!, outbox, publicKey: KEY.publicKey });
    expect(salvaged).toBeGreaterThan(3);
    expect(salvaged).toBe(mine.waiting());
    for (const fromSeq of [0, 4])
      for (const { seq, frame } of mine.frames({ fromSeq, limit: 60 })) expect(frame).toEqual(CHAIN[seq]);
    expect(mine.frames({ fromSeq: 3, limit: 1 })[0]?.seq).not.toBe(3);
    expect(mine.head().nextSeq).toBe(1_024);
    await outbox[Symbol.asyncDispose]();
  });

  it("of a newer version is no destroyed one, and stays where it is", async () => {
    const { path, close } = await filled(1);
    await close();
    const bytes = readFileSync(path);
    // https://www.sqlite.org/fileformat.html: the user version is at offset 60.
    bytes.writeUInt32BE(99, 60);
    writeFileSync(path, bytes);
    expect(() => openOrReplaceOutbox({ path }, { nowMs: 42 })).toThrow("OUTBOX_UNUSABLE");
    expect(existsSync(`${path}.broken-42`)).toBe(false);
  });
});

describe("the next number", () => {
  const known = { nextSeq: undefined, reservedTo: undefined, isNewKey: false, firstNumber: undefined };

  it("of a new key is its first, and of an intact outbox its own", () => {
    expect(nextNumber({ ...known, isNewKey: true })).toEqual({ kind: "known" });
    expect(nextNumber({ ...known, nextSeq: 5, reservedTo: 1_024 })).toEqual({ kind: "known" });
  });

  it("leaps over everything reserved when the outbox is lost, or is a copy of another day", () => {
    expect(nextNumber({ ...known, reservedTo: 5_120 })).toEqual({ kind: "leap", toSeq: 5_120 });
    expect(nextNumber({ ...known, nextSeq: 900, reservedTo: 5_120 })).toEqual({ kind: "leap", toSeq: 5_120 });
  });

  it("is asked of the operator when nobody remembers it", () => {
    expect(nextNumber(known)).toEqual({ kind: "unknown" });
    expect(nextNumber({ ...known, firstNumber: 7_000 })).toEqual({ kind: "leap", toSeq: 7_000 });
  });

  it("is never one that was used, whatever is lost whenever", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ records: fc.nat(3_000), lost: fc.constantFrom("nothing", "outbox", "day") }), {
          maxLength: 8,
        }),
        async (lives) => {
          const reserve = await openNumberReserve(newPath());
          let nextSeq: number | undefined = 0;
          let used = -1;
          let copy: number | undefined;
          for (const { records, lost } of lives) {
            const next = nextNumber({
              ...known,
              nextSeq,
              reservedTo: reserve.reservedTo(),
              isNewKey: used < 0,
            });
            if (next.kind === "leap") nextSeq = next.toSeq;
            let seq: number = nextSeq ?? 0;
            expect(seq).toBeGreaterThan(used);
            for (let i = 0; i < records; i++, seq++)
              if (i % RESERVE_STRIDE === 0 || i === records - 1) await reserve.reserve(seq);
            if (records > 0) used = seq - 1;
            const before = copy;
            copy = seq;
            // A copy that is less than a stride old looks like the outbox itself: docs/probes.md forbids it.
            const isOld = before !== undefined && seq - before > RESERVE_STRIDE;
            nextSeq = lost === "outbox" ? undefined : lost === "day" && isOld ? before : seq;
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("is not guessed from a reserve that cannot be read", async () => {
    const path = newPath();
    writeFileSync(path, "12x\n");
    await expect(openNumberReserve(path)).rejects.toMatchObject({ code: "NUMBERS_LOST" });
  });
});

describe.skipIf(isMissing(prlimit))("a full disk", () => {
  /** A recorder whose files may grow to `kilobytes`, and which says what it does. */
  function record(key: string, outbox: string, kilobytes: number): ChildProcess {
    const script = join(import.meta.dirname, "full-disk-process.ts");
    const limited = 'ulimit -S -f "$1"; exec "$2" "$3" "$4" "$5"';
    return spawn("bash", ["-c", limited, "-", String(kilobytes), process.execPath, script, key, outbox], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }
  /** Its words until one says `done`. */
  async function hear(child: ChildProcess, done: (word: string, seq: number) => boolean) {
    const kept: number[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      const [word, seq] = line.split(" ") as [string, string];
      if (word === "kept") kept.push(Number(seq));
      if (done(word, Number(seq))) break;
    }
    return kept;
  }

  it("refuses samples and keeps every record that was called durable, unbroken, and goes on when there is room", async () => {
    const key = join(folder, "full.pem");
    const path = newPath();
    const child = record(key, path, 160);
    const exited = once(child, "exit");
    let refusals = 0;
    const before = await hear(child, (word) => word === "refused" && ++refusals === 20);
    expect(before.length).toBeGreaterThan(5);
    // The disk is emptied: the limit is a soft one.
    expect(spawnSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]).status).toBe(0);
    const after = await hear(child, (word, seq) => word === "kept" && seq >= before.length + 40);
    child.kill("SIGKILL");
    await exited;

    const signer = await openFileKey(key);
    await using outbox = openOutbox({ path });
    const mine = outbox.device(deviceId(signer.publicKey));
    await createRecorder({ signer, outbox: mine }).signPending();
    const frames = mine.frames({ fromSeq: 0, limit: 100_000 });
    expect([...before, ...after]).toEqual([...before, ...after].sort((a, b) => a - b));
    expect(frames.length).toBeGreaterThan(after.at(-1)!);
    let prev: Uint8Array = new Uint8Array(32);
    for (const [i, { frame }] of frames.entries()) {
      const { record, signature } = splitFrame(frame);
      expect(decodeRecord(record)).toMatchObject({ seq: i, prev });
      expect(verifyRecord(record, signature, signer.publicKey)).toBe(true);
      prev = chainHash(record);
    }
  });
});
