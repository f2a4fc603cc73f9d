import { appendFileSync } from "node:fs";
import { expect } from "vitest";

/** Gas of a whole transaction, and the most it may cost where the design says so. */
export type GasRow = { operation: string; gas: number; most?: number };

/** Notes what an operation costs: a line in the table of `npm run gas`, and a failure above its limit. */
export function noteGas(row: GasRow): void {
  if (process.env.POND_GAS_ROWS !== undefined)
    appendFileSync(process.env.POND_GAS_ROWS, `${JSON.stringify(row)}\n`);
  if (row.most !== undefined) expect(row).toSatisfy(({ gas, most }: GasRow) => gas <= most!);
}
