import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Clock } from "../protocol/clock.ts";
import { FRAME_BYTES } from "../protocol/record.ts";
import { createMqttFraming } from "./mqtt-framing.ts";
import { createTokenBucket } from "./rate.ts";

/** What one connection may send. A token pays for a packet or for 160 bytes, whichever is more. */
export type ConnectionLimits = { maxPacketBytes: number; tokensPerSecond: number; burstTokens: number };

/**
 * A socket as the broker may see it: closed at the first packet that announces more than `maxPacketBytes`, and read
 * no faster than its token bucket allows, so that TCP slows the sender down.
 */
export function guardConnection(options: {
  socket: Socket;
  limits: ConnectionLimits;
  clock: Clock;
  onOverlong: () => void;
  onThrottled: () => void;
}): Duplex {
  const { socket, limits, clock, onOverlong, onThrottled } = options;
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
    onThrottled();
    try {
      await clock.wait(clock.now() + pauseMs, closing.signal);
    } catch (error) {
      if (!closing.signal.aborted) guarded.destroy(error as Error);
    }
    throttled = false;
    resume();
  };

  const guarded = new Duplex({
    read() {
      wanted = true;
      resume();
    },
    write(chunk, encoding, done) {
      socket.write(chunk, encoding, done);
    },
    writev(chunks, done) {
      socket.cork();
      chunks.forEach(({ chunk, encoding }, i) => {
        socket.write(chunk, encoding, i === chunks.length - 1 ? done : undefined);
      });
      socket.uncork();
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
      onOverlong();
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
  socket.on("close", () => guarded.destroy());
  return guarded;
}
