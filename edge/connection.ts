import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Clock } from "../protocol/clock.ts";
import { FRAME_BYTES } from "../protocol/record.ts";
import { createMqttFraming } from "./mqtt-framing.ts";
import { createTokenBucket } from "./rate.ts";

/** What one connection may send, and may leave unread. */
export type ConnectionLimits = {
  maxPacketBytes: number;
  /** A token pays for a packet or for 160 bytes, whichever is more. */
  tokensPerSecond: number;
  burstTokens: number;
  maxQueuedBytes: number;
};

/** What befell a connection. */
export type ConnectionEvents = { onOverlong(): void; onThrottled(): void; onSlow(): void };

/**
 * A socket as the broker may see it: closed at the first packet that announces more than `maxPacketBytes`; read no
 * faster than its token bucket allows, so that TCP slows the sender down; and closed when more than `maxQueuedBytes`
 * wait for a client that does not read, because aedes would make every other client wait with them.
 */
export function guardConnection(options: {
  socket: Socket;
  limits: ConnectionLimits;
  clock: Clock;
  events: ConnectionEvents;
}): Duplex {
  const { socket, limits, clock, events } = options;
  const framing = createMqttFraming(limits);
  const bucket = createTokenBucket({
    perSecond: limits.tokensPerSecond,
    burst: limits.burstTokens,
    now: () => clock.now(),
  });
  const closing = new AbortController();
  let throttled = false;
  let wanted = false;

  const resume = () => {
    if (wanted && !throttled) socket.resume();
  };
  const throttle = async (pauseMs: number) => {
    throttled = true;
    events.onThrottled();
    try {
      await clock.wait(clock.now() + pauseMs, closing.signal);
    } catch (error) {
      if (!closing.signal.aborted) guarded.destroy(error as Error);
    }
    throttled = false;
    resume();
  };

  const cutWhenSlow = () => {
    if (socket.writableLength <= limits.maxQueuedBytes) return;
    events.onSlow();
    guarded.destroy();
  };

  const guarded = new Duplex({
    read() {
      wanted = true;
      resume();
    },
    write(chunk, encoding, done) {
      socket.write(chunk, encoding);
      cutWhenSlow();
      done();
    },
    writev(chunks, done) {
      socket.cork();
      for (const { chunk, encoding } of chunks) socket.write(chunk, encoding);
      socket.uncork();
      cutWhenSlow();
      done();
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      closing.abort();
      socket.destroy();
      done(error);
    },
  });

  socket.on("data", (chunk: Buffer) => {
    const packets = framing.push(chunk);
    if (packets === undefined) {
      events.onOverlong();
      guarded.destroy();
      return;
    }
    const pauseMs = bucket.take(Math.max(packets, chunk.length / FRAME_BYTES));
    wanted = guarded.push(chunk);
    if (pauseMs > 0) void throttle(pauseMs);
    if (!wanted || throttled) socket.pause();
  });
  socket.on("end", () => guarded.push(null));
  socket.on("error", (error) => guarded.destroy(error));
  socket.on("close", () => {
    // After an orderly end the broker still reads what a sleepy device has sent before it left.
    if (!socket.readableEnded) guarded.destroy();
  });
  return guarded;
}
