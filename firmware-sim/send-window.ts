/** Numbers to send next: at most `limit` frames from `fromSeq` on. */
export type Sending = { fromSeq: number; limit: number };

export type SendWindowOptions = {
  /** Frames that may wait for an acknowledgement. */
  windowFrames: number;
  /** Frames of one message. */
  blockFrames: number;
  /** Silence of the gateway after which everything that is not acknowledged is sent again. */
  resendAfterMs: number;
};

/** Which frames to send, and when again: the sender's half of the protocol, without a wire. */
export type SendWindow = {
  /** Begins anew from the oldest frame that is kept: a new connection knows nothing of the one before. */
  restart(firstSeq: number, nowMs: number): void;
  next(nowMs: number): Sending | null;
  /** These were sent, or `frames` is 0 because there are none from there on; says which need they were for. */
  sent(range: { fromSeq: number; frames: number }, nowMs: number): "asked" | "new";
  acknowledged(
    ack: { contiguous: number; missing: readonly (readonly [number, number])[] },
    nowMs: number,
  ): void;
  /** When `next` may have something to say that it has not now; null while nothing is out. */
  dueMs(): number | null;
};

export function createSendWindow({
  windowFrames,
  blockFrames,
  resendAfterMs,
}: SendWindowOptions): SendWindow {
  /** Everything before is acknowledged, everything from `cursor` on was not sent since the last restart. */
  let base = 0;
  let cursor = 0;
  let progressMs = 0;
  /** Ranges that the gateway lacks, and when each was last sent: it names them again until they arrive. */
  let asked: { fromSeq: number; toSeq: number }[] = [];
  const answeredMs = new Map<number, number>();

  return {
    restart(firstSeq, nowMs) {
      base = firstSeq;
      cursor = firstSeq;
      progressMs = nowMs;
      asked = [];
      answeredMs.clear();
    },
    next(nowMs) {
      const lacking = asked[0];
      if (lacking !== undefined) {
        return {
          fromSeq: lacking.fromSeq,
          limit: Math.min(blockFrames, lacking.toSeq - lacking.fromSeq + 1),
        };
      }
      if (cursor > base && nowMs >= progressMs + resendAfterMs) {
        cursor = base;
        progressMs = nowMs;
      }
      const room = windowFrames - (cursor - base);
      return room > 0 ? { fromSeq: cursor, limit: Math.min(blockFrames, room) } : null;
    },
    sent({ fromSeq, frames }, nowMs) {
      const lacking = asked[0];
      if (lacking?.fromSeq === fromSeq) {
        if (frames === 0 || fromSeq + frames > lacking.toSeq) asked.shift();
        else lacking.fromSeq += frames;
        return "asked";
      }
      if (cursor === base) progressMs = nowMs;
      cursor = Math.max(cursor, fromSeq + frames);
      return "new";
    },
    acknowledged({ contiguous, missing }, nowMs) {
      if (contiguous >= base) {
        base = contiguous + 1;
        cursor = Math.max(cursor, base);
        progressMs = nowMs;
      }
      for (const seq of answeredMs.keys()) if (seq < base) answeredMs.delete(seq);
      asked = asked.filter(({ toSeq }) => toSeq >= base);
      for (const [fromSeq, toSeq] of missing) {
        const answered = answeredMs.get(fromSeq);
        if (fromSeq < base || (answered !== undefined && nowMs < answered + resendAfterMs)) continue;
        answeredMs.set(fromSeq, nowMs);
        asked.push({ fromSeq, toSeq });
      }
    },
    dueMs: () => (cursor > base ? progressMs + resendAfterMs : null),
  };
}
