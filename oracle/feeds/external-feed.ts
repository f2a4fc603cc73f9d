import { toHex } from "../../protocol/bytes.ts";
import type { Clock } from "../../protocol/clock.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";
import { pass, spanTimeMs } from "../../telemetry/passages.ts";
import { traceOfAnswer } from "../../telemetry/trace-ids.ts";
import type { Doubt, Doubter } from "./doubt.ts";
import { ACCEPTED, type FeedStore } from "./feed-store.ts";
import { type Answer, fetchAnswer } from "./fetch-answer.ts";
import type { Provider } from "./provider.ts";

/** How an attempt to bring a feed up to date ended. */
export type Refresh =
  | { kind: "accepted"; sha256: string; observations: number }
  /** The same bytes as last time: nothing new was published. */
  | { kind: "unchanged"; sha256: string }
  /** Asked again too early: what is kept is fresh enough. */
  | { kind: "cached"; freshUntilMs: number }
  /** Readable and not believed; kept for a person, used by nobody. */
  | { kind: "held"; sha256: string; doubt: Doubt }
  | { kind: "failed"; problem: string; nextTryAtMs: number }
  /** Still waiting after a failure. */
  | { kind: "waiting"; nextTryAtMs: number };

export type ExternalFeed = {
  refresh(signal: AbortSignal): Promise<Refresh>;
  /**
   * Believes a held answer after all, because a person has looked at it.
   * @throws INVALID_ARGUMENT when no readable answer of that hash is kept
   */
  accept(hash: string): void;
};

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
const FAR_BACK_MS = 400 * 86_400_000;

/**
 * A provider whose answers are fetched, kept as they came, doubted, and stored.
 *
 * After a failure it waits half a minute, then twice as long each time up to an hour, or as long as the provider asks.
 */
export function createExternalFeed<Observation extends { timeMs: number }>({
  provider,
  doubt,
  store,
  clock,
  freshForMs,
  timeoutMs = 10_000,
}: {
  provider: Provider<Observation>;
  doubt: Doubter<Observation>;
  store: FeedStore;
  clock: Pick<Clock, "now">;
  /** For so long after an accepted answer the provider is not asked again. */
  freshForMs: number;
  timeoutMs?: number;
}): ExternalFeed {
  const key = { provider: provider.name, subject: provider.subject };
  let failures = 0;
  let nextTryAtMs = 0;
  // An answer without news is no reason to ask at once again, and is kept only once.
  let unchangedAtMs = 0;

  const fail = (problem: string, retryAfterMs = 0): Refresh => {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    failures += 1;
    nextTryAtMs = clock.now() + Math.max(pauseMs, Math.min(retryAfterMs, LONGEST_PAUSE_MS));
    return { kind: "failed", problem, nextTryAtMs };
  };

  return {
    async refresh(signal) {
      const last = store.lastAccepted(key);
      const freshUntilMs = Math.max(last?.fetchedAtMs ?? 0, unchangedAtMs) + freshForMs;
      if (last !== undefined && clock.now() < freshUntilMs) return { kind: "cached", freshUntilMs };
      if (clock.now() < nextTryAtMs) return { kind: "waiting", nextTryAtMs };
      const sinceMs = spanTimeMs();
      const answer = await fetchAnswer(provider.request, { timeoutMs, signal });
      if (answer.kind === "failed") return fail(answer.why);
      const hash = toHex(sha256(answer.bytes));
      passAnswer(provider.data, { action: "transmitted", hash, bytes: answer.bytes.length, sinceMs });
      const judged = judge(answer);
      if (hash === last?.sha256 && judged.verdict === ACCEPTED) {
        failures = 0;
        unchangedAtMs = clock.now();
        return { kind: "unchanged", sha256: hash };
      }
      store.keep(
        key,
        {
          url: provider.request.url,
          fetchedAtMs: clock.now(),
          status: answer.status,
          sha256: hash,
          body: answer.bytes,
          verdict: judged.verdict,
        },
        judged.observations,
      );
      passAnswer(provider.data, { action: "stored", hash, bytes: answer.bytes.length, sinceMs });
      if (judged.problem !== undefined) return fail(judged.problem, answer.retryAfterMs);
      failures = 0;
      if (judged.doubt === undefined)
        return { kind: "accepted", sha256: hash, observations: judged.observations.length };
      nextTryAtMs = clock.now() + freshForMs;
      return { kind: "held", sha256: hash, doubt: judged.doubt };
    },
    accept(hash) {
      const kept = store.answer(hash);
      const parsed = kept === undefined ? undefined : provider.parse(parseJson(kept.body));
      if (kept === undefined || parsed?.ok !== true)
        throw new PondproofError("INVALID_ARGUMENT", { problem: "no readable answer of that hash", hash });
      store.keep(key, { ...kept, verdict: ACCEPTED }, parsed.observations);
    },
  };

  function judge({ status, bytes }: Extract<Answer, { kind: "answered" }>): {
    verdict: string;
    observations: readonly Observation[];
    problem?: string;
    doubt?: Doubt;
  } {
    const refused = (problem: string) => ({ verdict: `unreadable: ${problem}`, observations: [], problem });
    const body = parseJson(bytes);
    const parsed = body === undefined ? undefined : provider.parse(body);
    if (status !== 200) {
      const said = parsed?.ok === false ? `, ${parsed.problem}` : "";
      return refused(`status ${status}${said}`);
    }
    if (parsed === undefined) return refused("no JSON");
    if (!parsed.ok) return refused(parsed.problem);
    const { observations } = parsed;
    const doubted = doubt(observations, { nowMs: clock.now(), before: lastBefore(observations[0]!.timeMs) });
    return doubted === undefined
      ? { verdict: ACCEPTED, observations }
      : { verdict: `held: ${doubted.why}`, observations: [], doubt: doubted };
  }

  function lastBefore(timeMs: number): Observation | undefined {
    return store.read<Observation>(key, { fromMs: timeMs - FAR_BACK_MS, toMs: timeMs - 1 }).at(-1)
      ?.observation;
  }
}

/** Says that a platform's answer came, or was kept. */
function passAnswer(
  data: "weather" | "fish-price",
  answer: { action: "transmitted" | "stored"; hash: string; bytes: number; sinceMs: number },
): void {
  const { action, hash, bytes, sinceMs } = answer;
  pass(
    {
      activity: "provide-iot-data",
      flow: data === "weather" ? "fetch-weather" : "fetch-price",
      subRole: "service-provider",
      data,
      action,
      bytes,
      deviceType: "Third-party platform",
    },
    { origin: { traceId: traceOfAnswer(hash).traceId }, sinceMs, untilMs: spanTimeMs() },
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    // Not JSON is one of the ways a provider fails; the caller says so with the others.
    return undefined;
  }
}
