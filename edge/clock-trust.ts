import { access } from "node:fs/promises";

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

/** Trust as told by a file that a time service makes when it has synchronised: ask, and look again. */
export function createFileTrust(file: string): { trust: ClockTrustSource; refresh(): Promise<void> } {
  let current: ClockTrust = { trusted: false, reason: "not looked at yet" };
  return {
    trust: () => current,
    async refresh() {
      current = await access(file).then(
        (): ClockTrust => ({ trusted: true, source: file, errorBoundMs: null }),
        (): ClockTrust => ({ trusted: false, reason: `${file} is not there` }),
      );
    },
  };
}
