import type { Ledger } from "../../../ledger/client.ts";
import { createEventReader } from "../../../ledger/events.ts";
import { createStanding, STANDING_KINDS, type Standing } from "./standing.ts";

/** A ledger that does not answer in this time lets nobody read. */
const TIMEOUT_MS = 5_000;

/** Who may do and see what, never older than the question. */
export type StandingSource = {
  /**
   * As of a block that was the newest after this call was made: a consent that was withdrawn in a block before is gone.
   * @throws LEDGER_* or a time-out when the ledger does not answer: then nobody knows, and nobody may
   */
  now(): Promise<Standing>;
  /** As last heard, for what is nobody's data. */
  last(): Standing;
};

/** The ledger's events, read up to its newest block before every answer; questions that come meanwhile share the next. */
export function createStandingSource({ ledger }: { ledger: Ledger }): StandingSource {
  const standing = createStanding();
  const reader = createEventReader({ ledger, kinds: STANDING_KINDS });
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Standing> | undefined;

  const catchUp = async (): Promise<Standing> => {
    for (;;) {
      const { events, done } = await reader.next();
      for (const event of events) standing.take(event);
      if (done) return standing;
    }
  };

  return {
    last: () => standing,
    now() {
      next ??= running.then(() => {
        // From here on the newest block is asked for: whoever asks later needs a turn of his own.
        next = undefined;
        const turn = catchUp();
        running = turn.catch(() => undefined);
        return turn;
      });
      return withinTime(next);
    },
  };
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
