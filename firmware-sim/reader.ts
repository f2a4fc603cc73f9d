import type { Clock } from "../protocol/clock.ts";
import { isPondproofError } from "../protocol/errors.ts";
import type { Beacon } from "../protocol/messages.ts";
import { spanTimeMs } from "../telemetry/passages.ts";
import type { ReaderEvent } from "./reader-event.ts";
import { createRecorder, type RecorderOptions, type RecorderStats } from "./recorder.ts";
import type { Source, SourceProblem } from "./source.ts";

export type ReaderOptions = RecorderOptions & {
  source: Source;
  clock: Clock;
  periodMs: number;
  /** Shifts the sampling times, which otherwise are whole multiples of the period. */
  phaseMs?: number;
};

export type ReaderStats = RecorderStats & {
  sampled: number;
  refusedFull: number;
  refusedDisk: number;
  sourceFailures: number;
  signerFailures: number;
};

export type Reader = {
  /** First 8 bytes of the SHA-256 of the public key. */
  device: Uint8Array;
  stats(): ReaderStats;
  /** Every record from now on names this block. */
  announce(beacon: Beacon): void;
  /** Samples, records and signs until the signal ends it or the source is over. */
  run(signal: AbortSignal): Promise<"stopped" | "ended">;
};

const SIGNER_RECOVERED: ReaderEvent = { event: "source-recovered", part: "signer" };

/** The reader of one probe: asks its source once a period and records what it says. */
export function createReader(options: ReaderOptions): Reader {
  const { source, clock, outbox, periodMs, phaseMs = 0 } = options;
  const recorder = createRecorder(options);
  const counts = { sampled: 0, refusedFull: 0, refusedDisk: 0, sourceFailures: 0, signerFailures: 0 };
  const tell = createTeller(options.onEvent);

  const takeSamples = async (signal: AbortSignal): Promise<"going" | "ended"> => {
    // A signer that is away holds up no sample: records wait, numbered and durable, until it is back.
    await recorder.signPending().then(() => tell.recovery("signer", SIGNER_RECOVERED), surviveFailure);
    const askedMs = spanTimeMs();
    const samples = await source.sample({ timeMs: clock.now(), afterMs: outbox.head().lastTimeMs, signal });
    tell.recovery("source", { event: "source-recovered" });
    tell.problems(source.problems?.() ?? []);
    if (samples === "end") return "ended";
    for (const sample of samples) {
      counts.sampled++;
      if ((await recorder.keep(sample, askedMs)) === "full") {
        counts.refusedFull++;
        tell.failure("outbox", { event: "outbox-full", waiting: outbox.waiting() });
      } else tell.recovery("outbox", { event: "outbox-recovered" });
    }
    return "going";
  };

  /** Full disks and silent instruments pass; a reader that stopped at them would have to be started by hand. */
  const surviveFailure = (error: unknown): "going" => {
    // With a destroyed outbox there is no going on; a restart moves it aside.
    if (!isPondproofError(error) || error.code === "OUTBOX_UNUSABLE") throw error;
    const problem = error.message;
    if (error.code === "OUTBOX_WRITE_FAILED") {
      counts.refusedDisk++;
      tell.failure("outbox", { event: "outbox-failed", problem });
    } else if (error.code === "SIGNER_FAILED") {
      counts.signerFailures++;
      tell.failure("signer", { event: "source-failed", part: "signer", problem });
    } else {
      counts.sourceFailures++;
      tell.failure("source", { event: "source-failed", problem });
    }
    return "going";
  };

  return {
    device: recorder.device,
    stats: () => ({ ...counts, ...recorder.stats }),
    announce: recorder.announce,
    async run(signal) {
      for (;;) {
        const dueMs = nextTick({ nowMs: clock.now(), periodMs, phaseMs });
        if ((await waitUntil(clock, dueMs, signal)) === "stopped") return "stopped";
        const state = await takeSamples(signal).catch(surviveFailure);
        if (state === "ended") {
          options.onEvent?.({ event: "source-ended" });
          return "ended";
        }
      }
    },
  };
}

/** The next whole multiple of the period after now, shifted: readers that share a period share a commit. */
function nextTick({
  nowMs,
  periodMs,
  phaseMs,
}: {
  nowMs: number;
  periodMs: number;
  phaseMs: number;
}): number {
  return (Math.floor((nowMs - phaseMs) / periodMs) + 1) * periodMs + phaseMs;
}

async function waitUntil(clock: Clock, untilMs: number, signal: AbortSignal): Promise<"due" | "stopped"> {
  if (signal.aborted) return "stopped";
  return clock.wait(untilMs, signal).then(
    () => "due",
    (error: unknown) => {
      if (!signal.aborted) throw error;
      return "stopped";
    },
  );
}

/** Tells the first of a row of failures and its end, not each of them. */
function createTeller(onEvent: (event: ReaderEvent) => void = () => {}) {
  const failing = new Set<"outbox" | "source" | "signer">();
  let failingParts = new Set<string>();
  return {
    failure(part: "outbox" | "source" | "signer", event: ReaderEvent) {
      if (!failing.has(part)) onEvent(event);
      failing.add(part);
    },
    recovery(part: "outbox" | "source" | "signer", event: ReaderEvent) {
      if (failing.delete(part)) onEvent(event);
    },
    problems(problems: readonly SourceProblem[]) {
      const parts = new Set(problems.map(({ part }) => part));
      for (const part of failingParts) if (!parts.has(part)) onEvent({ event: "source-recovered", part });
      for (const part of parts) {
        if (failingParts.has(part)) continue;
        const all = problems.flatMap((each) => (each.part === part ? [each.problem] : []));
        onEvent({ event: "source-failed", part, problem: all.join("; ") });
      }
      failingParts = parts;
    },
  };
}
