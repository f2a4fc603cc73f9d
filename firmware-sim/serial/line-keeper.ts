import type { Clock } from "../../protocol/clock.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import { createBackoff } from "../backoff.ts";
import { rest } from "../rest.ts";
import type { Line, OpenLine } from "./line.ts";

/** Where a line stands; an unplugged one is a state with its reason, and not an error. */
export type LineState = { state: "opening" } | { state: "open" } | { state: "lost"; reason: string };

/** What came of using a line. */
export type LineUse<Result> = { kind: "used"; result: Result } | { kind: "down"; reason: string };

/** The one owner of a serial line: opens it, again and again, and hands it to one user at a time. */
export type LineKeeper = {
  name: string;
  state(): LineState;
  /** Gives the line to `work` as soon as those who asked before are done; a line that is not there is not waited for. */
  use<Result>(work: (line: Line) => Promise<Result>): Promise<LineUse<Result>>;
  /** Resolves with the line when it stands; `undefined` when the signal ends first. */
  opened(signal: AbortSignal): Promise<Line | undefined>;
  /** Somebody at the other end said something that makes sense. */
  heard(): void;
  /** Nobody answered; the third time in a row the line is closed and opened again. */
  unheard(): void;
  /** Keeps the line open, for ever, until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
};

// edge.md, "Reader": an open port that is silent for three sampling intervals is reopened.
const SILENCES = 3;

export function createLineKeeper(options: {
  name: string;
  open: OpenLine;
  clock: Clock;
  random?: () => number;
  onState?: (state: LineState) => void;
}): LineKeeper {
  const { name, open, clock, onState = () => {} } = options;
  const backoff = createBackoff(options);
  let state: LineState = { state: "opening" };
  let current: Line | undefined;
  let silences = 0;
  let giveUp: ((reason: string) => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const waiting = new Set<(line: Line) => void>();

  const enter = (next: LineState) => {
    const isNews = next.state !== state.state;
    state = next;
    if (isNews) onState(next);
  };
  const serve = async (line: Line, signal: AbortSignal): Promise<string> => {
    silences = 0;
    current = line;
    enter({ state: "open" });
    for (const tell of waiting) tell(line);
    waiting.clear();
    const givenUp = new Promise<string>((resolve) => {
      giveUp = resolve;
    });
    const stop = () => giveUp?.("stopped");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const reason = await Promise.race([line.closed, givenUp]);
    signal.removeEventListener("abort", stop);
    current = undefined;
    await line.close();
    return reason;
  };
  const attempt = async (signal: AbortSignal): Promise<string> => {
    try {
      return await serve(await open(), signal);
    } catch (error) {
      if (!isPondproofError(error, "SERIAL_LINE_DOWN")) throw error;
      return String(error.facts.problem);
    }
  };
  const inTurn = async <Result>(work: (line: Line) => Promise<Result>): Promise<LineUse<Result>> => {
    if (current === undefined)
      return { kind: "down", reason: state.state === "lost" ? state.reason : "the line is not open yet" };
    try {
      return { kind: "used", result: await work(current) };
    } catch (error) {
      if (!isPondproofError(error, "SERIAL_LINE_DOWN")) throw error;
      return { kind: "down", reason: String(error.facts.problem) };
    }
  };

  return {
    name,
    state: () => state,
    use(work) {
      const mine = turn.then(() => inTurn(work));
      turn = mine.catch(() => undefined);
      return mine;
    },
    opened(signal) {
      if (current !== undefined) return Promise.resolve(current);
      return new Promise((resolve) => {
        const tell = (line: Line | undefined) => {
          signal.removeEventListener("abort", leave);
          resolve(line);
        };
        const leave = () => {
          waiting.delete(tell);
          resolve(undefined);
        };
        if (signal.aborted) return leave();
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(tell);
      });
    },
    heard() {
      silences = 0;
      backoff.reset();
    },
    unheard() {
      silences++;
      if (silences >= SILENCES) giveUp?.(`nothing answered ${SILENCES} times in a row`);
    },
    async run(signal) {
      while (!signal.aborted) {
        const reason = await attempt(signal);
        if (signal.aborted) return;
        enter({ state: "lost", reason });
        await rest(clock, backoff.nextMs(), signal);
      }
    },
  };
}
