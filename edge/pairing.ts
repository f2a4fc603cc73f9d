import type { KeyObject } from "node:crypto";
import { equalBytes, fromHex } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import { keyFingerprint } from "../protocol/fingerprint.ts";
import { type DeviceInfo, decodeDeviceInfo } from "../protocol/messages.ts";
import { deviceId } from "../protocol/signature.ts";
import type { Broker } from "./broker-port.ts";
import { errorFacts, type Log } from "./log.ts";
import type { Registry } from "./registry.ts";
import type { AuditAction, AuditTable } from "./store/audit.ts";
import { importPublicKey } from "./verify.ts";

/** A window is open for so long at most: an operator stands beside the probe (edge.md, "Pairing"). */
export const MAX_PAIRING_SECONDS = 254;
/** Keys that may wait for the operator; he sees all of them on one screen. */
const MAX_PENDING = 16;

/** A key that waits for the operator. */
export type PendingKey = DeviceInfo & { device: string; fingerprint: string; presentedAtMs: number };

export type PairingView = { openForSeconds: number; pending: PendingKey[] };

/** How an unknown probe becomes a paired one: it presents its key in a timed window, and the operator compares. */
export type Pairing = {
  isOpen(): boolean;
  open(seconds: number): PairingView;
  close(): void;
  view(): PairingView;
  /** Notes what a device says of itself while the window is open; its key has to have signed the session. */
  present(device: string, info: Uint8Array, hasSigned: (key: KeyObject) => Promise<boolean>): Promise<void>;
  /**
   * Pairs a pending key whose fingerprint the operator has read at the probe.
   * @throws UNKNOWN_DEVICE, WRONG_FINGERPRINT
   */
  approve(approval: { device: string; fingerprint: string }): void;
  /** @throws UNKNOWN_DEVICE */
  refuse(device: string): void;
  stats(): PairingStats;
};

export type PairingStats = { presented: number; notSigned: number; overflowed: number };

export function createPairing(options: {
  clock: Clock;
  /** Milliseconds that only ever grow. */
  steadyNow: () => number;
  audit: AuditTable;
  pair: Registry["pair"];
  broker: () => Pick<Broker, "promote" | "dismiss">;
  log: Log;
}): Pairing {
  const { clock, steadyNow, audit, pair, broker, log } = options;
  const pending = new Map<string, PendingKey>();
  const stats: PairingStats = { presented: 0, notSigned: 0, overflowed: 0 };
  let openUntilMs = Number.NEGATIVE_INFINITY;

  const note = (action: AuditAction, device: string, detail: Record<string, unknown>) =>
    audit.add({ atMs: clock.now(), action, device, detail });
  const isOpen = () => steadyNow() < openUntilMs;
  const view = () => ({
    openForSeconds: Math.max(0, Math.ceil((openUntilMs - steadyNow()) / 1000)) || 0,
    pending: [...pending.values()],
  });
  const pendingKey = (device: string): PendingKey => {
    const key = pending.get(device);
    if (key === undefined) throw new PondproofError("UNKNOWN_DEVICE", { device: device.slice(0, 32) });
    return key;
  };

  return {
    isOpen,
    view,
    open(seconds) {
      openUntilMs = steadyNow() + 1000 * seconds;
      note("pairing-opened", "", { seconds });
      return view();
    },
    close() {
      openUntilMs = Number.NEGATIVE_INFINITY;
      for (const device of pending.keys()) broker().dismiss(device);
      pending.clear();
      note("pairing-closed", "", {});
    },
    async present(device, bytes, hasSigned) {
      if (!isOpen()) return;
      try {
        const info = decodeDeviceInfo(bytes);
        const publicKey = fromHex(info.publicKey, 64);
        const isItsOwn = equalBytes(deviceId(publicKey), fromHex(device, 8));
        if (!isItsOwn || !(await hasSigned(importPublicKey(publicKey)))) {
          stats.notSigned++;
          broker().dismiss(device);
          return;
        }
        if (pending.has(device)) return;
        if (pending.size >= MAX_PENDING) {
          stats.overflowed++;
          return;
        }
        const fingerprint = keyFingerprint(publicKey);
        pending.set(device, { ...info, device, fingerprint, presentedAtMs: clock.now() });
        stats.presented++;
        note("key-presented", device, { fingerprint, publicKey: info.publicKey });
        log.info({ device, fingerprint }, "a probe asks to be paired");
      } catch (error) {
        stats.notSigned++;
        log.warn({ device, ...errorFacts(error) }, "a probe that asks to be paired cannot be understood");
      }
    },
    approve({ device, fingerprint }) {
      const key = pendingKey(device);
      if (key.fingerprint !== fingerprint) throw new PondproofError("WRONG_FINGERPRINT", { device });
      pair({ publicKey: fromHex(key.publicKey, 64), periodMs: key.periodMs });
      pending.delete(device);
      note("approved", device, { fingerprint });
      broker().promote(device);
    },
    refuse(device) {
      const { fingerprint } = pendingKey(device);
      pending.delete(device);
      note("refused", device, { fingerprint });
      broker().dismiss(device);
    },
    stats: () => ({ ...stats }),
  };
}
