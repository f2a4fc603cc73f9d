import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBatchDue, shareBatch } from "../../../oracle/batcher.ts";

describe("a batch", () => {
  const rules = { maxReadings: 10, maxAgeMs: 1_000 };

  it("is due by count, or by the age of its oldest position, and never empty", () => {
    const due = (pending: number, ageMs: number) =>
      isBatchDue(rules, { pending, pendingSinceMs: 5_000, nowMs: 5_000 + ageMs });
    expect([due(10, 0), due(9, 999), due(1, 1_000), due(0, 9_999)]).toEqual([true, false, true, false]);
  });

  it("takes all that there is up to its limit, from every stream its share", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 8 }), fc.nat(100), (pending, limit) => {
        const shares = shareBatch(pending, limit);
        const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);
        expect(total(shares)).toBe(Math.min(limit, total(pending)));
        for (const [i, share] of shares.entries()) {
          expect(share).toBeLessThanOrEqual(pending[i]!);
          // Whoever got less than another had no more.
          if (share < pending[i]!) expect(share + 1).toBeGreaterThanOrEqual(Math.max(...shares));
        }
      }),
    );
  });
});
