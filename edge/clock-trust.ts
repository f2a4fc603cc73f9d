import { stat } from "node:fs/promises";

/**
 * How far the gateway's clock can be believed: synchronised by what and to within how much, or not, and why.
 * `errorBoundMs` is `null` where the source does not say.
 */
export type ClockTrust =
  | { trusted: true; source: string; errorBoundMs: number | null }
  | { trusted: false; reason: string };

/** Asked at every arrival, so it must answer at once. */
export type ClockTrustSource = () => ClockTrust;

/** systemd-timesyncd touches this file once the clock has been set from the network. */
export const TIMESYNCD_FILE = "/run/systemd/timesync/synchronized";

/** A clock that is set by more than this was set, and did not drift: NTP slews what is less than half a second. */
const STEP_MS = 2_000;

/** Trust as told by a file that a time service touches whenever it has synchronised. */
export type FileTrust = {
  trust: ClockTrustSource;
  /** Looks at the file; to be called every now and then. */
  refresh(): Promise<void>;
  /** How often the clock was set since the start. */
  steps(): number;
};

/**
 * Believes the clock once the file is there. When the clock is seen to jump, by a clock that only ever grows beside it,
 * it is believed again only when the file has been touched since: whoever set it may not have been the time service.
 */
export function createFileTrust(options: {
  file: string;
  now: () => number;
  steadyNow: () => number;
}): FileTrust {
  const { file, now, steadyNow } = options;
  const offset = () => now() - steadyNow();
  let believed: ClockTrust = { trusted: false, reason: "not looked at yet" };
  let lastOffset = offset();
  let lastSeenMs = steadyNow();
  /** The earliest time, on the clock as it goes now, at which it can have been set last. */
  let steppedAtMs: number | undefined;
  let steps = 0;

  const noticeStep = () => {
    const current = offset();
    const byMs = Math.round(current - lastOffset);
    if (Math.abs(byMs) > STEP_MS) {
      steps++;
      steppedAtMs = now() - (steadyNow() - lastSeenMs) - STEP_MS;
      believed = { trusted: false, reason: `the clock was set by ${byMs / 1000} s` };
    }
    lastOffset = current;
    lastSeenMs = steadyNow();
  };

  return {
    trust() {
      noticeStep();
      return believed;
    },
    async refresh() {
      noticeStep();
      const touchedAtMs = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined,
      );
      if (touchedAtMs === undefined) believed = { trusted: false, reason: `${file} is not there` };
      else if (steppedAtMs === undefined || touchedAtMs >= steppedAtMs) {
        steppedAtMs = undefined;
        believed = { trusted: true, source: file, errorBoundMs: null };
      }
    },
    steps: () => steps,
  };
}
