import type { Bilingual } from "../../science/bilingual.ts";

/** One fact: what it is, what was found, and where from. */
export type Row = { name: Bilingual; value: string; source?: string };

export type Section = { title: Bilingual; rows: readonly Row[]; remark?: Bilingual };

/**
 * What an insurer is told before he quotes, or before he pays. It names nobody and no place: ponds and parties stand under
 * the ids that the ledger knows. `asOfMs` is the newest moment that any of its facts is of.
 */
export type Assessment = {
  kind: "quote" | "claim";
  number: string;
  asOfMs: number;
  title: Bilingual;
  sections: readonly Section[];
  recommendation: Bilingual;
};

export const TITLES = {
  value: { en: "Insured value", zh: "保险价值" },
  risk: { en: "Risk and premium", zh: "风险与保费" },
  evidence: { en: "Evidence", zh: "证据" },
  weather: { en: "Weather", zh: "天气" },
} as const satisfies Record<string, Bilingual>;

/** An amount in the smallest unit as units with two decimals. */
export function moneyOf(smallest: bigint): string {
  const text = smallest.toString().padStart(3, "0");
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}

/** A part in 1/10000 as percent. */
export function percentOf(bps: bigint | number): string {
  return `${moneyOf(BigInt(Math.round(Number(bps))))} %`;
}

/** A moment to the minute, UTC. */
export function timeOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
