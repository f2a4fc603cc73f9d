import { EventEmitter } from "node:events";
import type { Line } from "../serial/line.ts";

const EXCEPTION_BIT = 0x80;
const EXCEPTION_BYTES = 5;
/** A frame on the bus has at most 256 bytes. */
const MAX_HELD_BYTES = 256;

/** Finds the reply to one read of registers in what a line brings; noise before it is skipped, and counted. */
export type ReplyFinder = { push(chunk: Uint8Array): Uint8Array | undefined; readonly skippedBytes: number };

/** Looks for a reply of this slave and function that carries `registers` registers, or for its exception. */
export function createReplyFinder(asked: {
  slave: number;
  function: number;
  registers: number;
}): ReplyFinder {
  let held: Uint8Array = new Uint8Array(0);
  let skipped = 0;
  const lengthAt = (at: number): number | undefined => {
    if (held[at] !== asked.slave) return undefined;
    const code = held[at + 1];
    if (code === (asked.function | EXCEPTION_BIT)) return EXCEPTION_BYTES;
    if (code === undefined) return EXCEPTION_BYTES;
    const bytes = held[at + 2];
    const isReply = code === asked.function && (bytes === undefined || bytes === 2 * asked.registers);
    return isReply ? 5 + 2 * asked.registers : undefined;
  };
  return {
    push(chunk) {
      held = Buffer.concat([held, chunk]);
      let at = 0;
      while (at < held.length && lengthAt(at) === undefined) at++;
      held = held.subarray(Math.max(at, held.length - MAX_HELD_BYTES));
      skipped += at;
      const length = lengthAt(0);
      if (held.length === 0 || length === undefined || held.length < length) return undefined;
      const reply = held.subarray(0, length);
      held = new Uint8Array(0);
      return reply;
    },
    get skippedBytes() {
      return skipped;
    },
  };
}

/** A line in the shape of a port that `modbus-serial` drives: it gets whole replies, and nothing of what lies between. */
export class ModbusPort extends EventEmitter {
  isOpen = true;
  readonly #line: Line;

  constructor(line: Line) {
    super();
    this.#line = line;
  }

  open(done: (error?: Error) => void): void {
    void this.#line.closed.then(() => {
      this.isOpen = false;
    });
    done();
  }

  write(request: Buffer): void {
    const finder = createReplyFinder({
      slave: request[0]!,
      function: request[1]!,
      registers: request.readUInt16BE(4),
    });
    let isFound = false;
    this.#line.listen((bytes) => {
      const reply = isFound ? undefined : finder.push(bytes);
      if (reply === undefined) return;
      isFound = true;
      this.emit("data", Buffer.from(reply));
    });
    // A line that is gone answers nothing, and the request's time-out says so.
    void this.#line.write(request).catch(() => {
      this.isOpen = false;
    });
  }
}
