import { toHex } from "../../../protocol/bytes.ts";
import type { WindowResult } from "../../../protocol/window.ts";
import type { World } from "./world.ts";

type LedgerWindow = Awaited<ReturnType<World["contracts"]["windowVerifier"]["verify"]>>;

/** A window by the ledger or by TypeScript, in one form. */
export function comparable(window: WindowResult | LedgerWindow) {
  const { before } = window;
  return {
    firstMs: Number(window.firstMs),
    lastMs: Number(window.lastMs),
    maxGapMs: Number(window.maxGapMs),
    count: Number(window.count),
    missing: Number(window.missing),
    flags: Number(window.flags),
    mins: word(window.mins),
    maxs: word(window.maxs),
    before: { level: Number(before.level), index: Number(before.index), inside: word(before.inside) },
  };
}

/** A packed word as hex. */
export function word(value: bigint | Uint8Array | string): string {
  if (typeof value === "string") return value;
  return typeof value === "bigint" ? `0x${value.toString(16).padStart(64, "0")}` : toHex(value);
}
