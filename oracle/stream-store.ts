import type { Position } from "../protocol/evidence.ts";
import type { HoleReason, TreeNode } from "../protocol/node.ts";
import { recordTimeMs } from "../protocol/record.ts";
import { createStreamTree, type NodeStore, type StreamTree } from "../protocol/tree.ts";
import type { Database } from "./database.ts";

/** A registered probe's stream: `size` positions are in its tree, `received` have come from the feed. */
export type Stream = {
  /** Key of the store's tables. */
  device: number;
  /** The probe's id as 16 hex digits. */
  name: string;
  streamId: Uint8Array;
  publicKey: Uint8Array;
  /** Id of the pond it is bound to now, or null. */
  pond: string | null;
  size: number;
  /** Readings, without holes, among them. */
  readings: number;
  received: number;
  /** Newest batch in which it is void; 0 where it never was. */
  voidedThrough: number;
};

/** Positions and trees of all probes. */
export type StreamStore = {
  /** Position behind which the feed goes on. */
  cursor(): number;
  setCursor(cursor: number): void;
  /** Sequence number that the feed brings next from a probe. */
  nextSeq(name: string): number;
  /** What the feed brought at a position, also where it was refused since. */
  receivedAt(name: string, seq: number): Position | undefined;
  /** Puts a position behind the last one of a probe; its `seq` is `nextSeq`. */
  receive(item: { name: string; seq: number; position: Position }): void;
  /** Brings a registered probe to the store's notice; repeating it changes nothing. */
  register(stream: { name: string; streamId: Uint8Array; publicKey: Uint8Array }): void;
  bind(streamId: Uint8Array, pond: string): void;
  /** All registered streams, by stream id. */
  all(): Stream[];
  find(streamId: Uint8Array): Stream | undefined;
  /** Positions from `from` to `to`, both inclusive, in order. */
  positions(device: number, range: { from: number; to: number }): Position[];
  /** Turns a reading into a hole and keeps its frame aside. */
  refuse(device: number, refused: { seq: number; verdict: string; reason: HoleReason }): void;
  /** First position with a reading at `timeMs` or later, where times of positions below `size` increase. */
  firstAt(stream: Stream, timeMs: number): number;
  tree(stream: Pick<Stream, "device" | "streamId" | "size">): StreamTree;
  /** Takes note that a stream is void up to a batch, and that this is still to be acted on. */
  fall(device: number, through: number): void;
  /** What is still to be acted on. */
  falling(): { device: number; through: number }[];
  /** A void was acted on. */
  settle(device: number): void;
  /** Forgets a stream's tree: all positions are pending again. */
  restart(device: number): void;
  /** Notes that a tree has grown. */
  grow(device: number, grown: { size: number; readings: number }): void;
};

type PositionRow = { seq: number; frame: Uint8Array | null; reason: number | null };

const STREAM = `
  SELECT s.device, d.name, s.stream_id AS streamId, s.public_key AS publicKey, s.pond, s.size, s.readings,
         d.next_seq AS received, coalesce(v.through, 0) AS voidedThrough
  FROM streams s JOIN devices d ON d.id = s.device LEFT JOIN voids v ON v.device = s.device
`;

export function createStreamStore(database: Database): StreamStore {
  const deviceId = (name: string): number => {
    database.run("INSERT OR IGNORE INTO devices (name) VALUES (?)", name);
    return database.get<{ id: number }>("SELECT id FROM devices WHERE name = ?", name)!.id;
  };

  return {
    cursor: () =>
      Number(database.get<{ value: string }>("SELECT value FROM meta WHERE key = 'cursor'")?.value ?? 0),
    setCursor: (cursor) => database.run("INSERT OR REPLACE INTO meta VALUES ('cursor', ?)", String(cursor)),
    nextSeq: (name) =>
      database.get<{ next: number }>("SELECT next_seq AS next FROM devices WHERE name = ?", name)?.next ?? 0,
    receivedAt(name, seq) {
      const row = database.get<PositionRow>(
        `SELECT p.seq, coalesce(p.frame, r.frame) AS frame, p.reason
         FROM devices d JOIN positions p ON p.device = d.id
         LEFT JOIN refused r ON r.device = p.device AND r.seq = p.seq
         WHERE d.name = ? AND p.seq = ?`,
        name,
        seq,
      );
      return row && positionOf(row);
    },
    receive({ name, seq, position }) {
      const [frame, timeMs, reason] =
        position.kind === "reading"
          ? [position.frame, recordTimeMs(position.frame), null]
          : [null, null, position.reason];
      const device = deviceId(name);
      database.run("INSERT INTO positions VALUES (?, ?, ?, ?, ?)", device, seq, frame, timeMs, reason);
      database.run("UPDATE devices SET next_seq = ? WHERE id = ?", seq + 1, device);
    },
    register({ name, streamId, publicKey }) {
      database.run(
        "INSERT OR IGNORE INTO streams (device, stream_id, public_key) VALUES (?, ?, ?)",
        deviceId(name),
        streamId,
        publicKey,
      );
    },
    bind: (streamId, pond) => database.run("UPDATE streams SET pond = ? WHERE stream_id = ?", pond, streamId),
    all: () => database.all<Stream>(`${STREAM} ORDER BY s.stream_id`),
    find: (streamId) => database.get<Stream>(`${STREAM} WHERE s.stream_id = ?`, streamId),
    positions: (device, { from, to }) =>
      database
        .all<PositionRow>(
          "SELECT seq, frame, reason FROM positions WHERE device = ? AND seq BETWEEN ? AND ? ORDER BY seq",
          device,
          from,
          to,
        )
        .map(positionOf),
    refuse(device, { seq, verdict, reason }) {
      database.run(
        "INSERT INTO refused SELECT device, seq, ?, frame FROM positions WHERE device = ? AND seq = ?",
        verdict,
        device,
        seq,
      );
      database.run(
        "UPDATE positions SET frame = NULL, time_ms = NULL, reason = ? WHERE device = ? AND seq = ?",
        reason,
        device,
        seq,
      );
    },
    firstAt({ device, size }, timeMs) {
      let [low, high] = [0, size];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        // The nearest reading from the middle on speaks for the holes before it.
        const reading = database.get<{ seq: number; timeMs: number }>(
          `SELECT seq, time_ms AS timeMs FROM positions
           WHERE device = ? AND seq BETWEEN ? AND ? AND time_ms IS NOT NULL ORDER BY seq LIMIT 1`,
          device,
          middle,
          high - 1,
        );
        if (reading === undefined || reading.timeMs >= timeMs) high = middle;
        else low = reading.seq + 1;
      }
      return low;
    },
    tree: ({ device, streamId, size }) =>
      createStreamTree({ streamId, size, store: nodeStore(database, device) }),
    fall(device, through) {
      database.run("INSERT OR REPLACE INTO voids VALUES (?, ?)", device, through);
      database.run("INSERT OR REPLACE INTO falling VALUES (?, ?)", device, through);
    },
    falling: () => database.all<{ device: number; through: number }>("SELECT device, through FROM falling"),
    settle: (device) => database.run("DELETE FROM falling WHERE device = ?", device),
    restart(device) {
      database.run("DELETE FROM nodes WHERE device = ?", device);
      database.run("UPDATE streams SET size = 0, readings = 0 WHERE device = ?", device);
    },
    grow: (device, { size, readings }) =>
      database.run("UPDATE streams SET size = ?, readings = ? WHERE device = ?", size, readings, device),
  };
}

function positionOf({ frame, reason }: PositionRow): Position {
  return frame === null ? { kind: "hole", reason: reason as HoleReason } : { kind: "reading", frame };
}

function nodeStore(database: Database, device: number): NodeStore {
  return {
    get(level, index): TreeNode | undefined {
      const row = database.get<{ node: Uint8Array }>(
        "SELECT node FROM nodes WHERE device = ? AND level = ? AND idx = ?",
        device,
        level,
        index,
      );
      return row && { body: row.node.subarray(0, 128), digest: row.node.subarray(128) };
    },
    set(level, index, { body, digest }) {
      const node = new Uint8Array(160);
      node.set(body);
      node.set(digest, 128);
      database.run("INSERT INTO nodes VALUES (?, ?, ?, ?)", device, level, index, node);
    },
  };
}
