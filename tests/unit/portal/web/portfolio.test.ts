import { describe, expect, it } from "vitest";
import type { PolicyView, PondSummary } from "../../../../portal/api.ts";
import { toWire } from "../../../../portal/server/claims.ts";
import { exposuresOf } from "../../../../portal/web/portfolio.ts";
import type { Hex } from "../../../../protocol/terms.ts";
import { makeTerms } from "../fixture/story.ts";

const LAKE: Hex = `0x${"11".repeat(32)}`;
const RIVER: Hex = `0x${"22".repeat(32)}`;

function makePolicy(
  pond: string,
  { waterBody = LAKE, ...change }: Partial<PolicyView> & { waterBody?: Hex } = {},
) {
  const terms = toWire(makeTerms(pond, { waterBody }));
  const policy: PolicyView = {
    id: pond,
    pond,
    farm: "daochang",
    state: "active",
    coverFromMs: 0,
    premiumPaid: "96000",
    reserved: "0",
    paid: "0",
    terms,
  };
  return { ...policy, ...change };
}

const makePond = (id: string, oxygenMgPerL: number | null, breachMs?: number) =>
  ({
    id,
    oxygenMgPerL,
    breach:
      breachMs === undefined
        ? null
        : { peril: 0, threshold: 2, sinceMs: 0, durationMs: breachMs, reached: null, next: null },
  }) as unknown as PondSummary;

describe("the portfolio", () => {
  it("adds up what ponds on one water body can cost together, the greatest first", () => {
    const policies = [
      makePolicy("lakeside"),
      makePolicy("east", { paid: "600000" }),
      makePolicy("canal", { waterBody: RIVER }),
    ];
    expect(exposuresOf(policies, [])).toMatchObject([
      { waterBody: LAKE, policies: 2, sumInsured: 3_000_000n, worstCase: 2_400_000n, paid: 600_000n },
      { waterBody: RIVER, policies: 1, worstCase: 1_500_000n },
    ]);
  });

  it("leaves out cover that is over, and never counts below nothing", () => {
    expect(exposuresOf([makePolicy("east", { state: "closed" })], [])).toEqual([]);
    const [exposure] = exposuresOf([makePolicy("east", { paid: "9000000" })], []);
    expect(exposure!.worstCase).toBe(0n);
  });

  it("names the pond that is nearest to its trigger: the longest breach before the least margin", () => {
    const policies = [makePolicy("lakeside"), makePolicy("east"), makePolicy("canal")];
    const nearest = (ponds: PondSummary[]) => exposuresOf(policies, ponds)[0]!.nearest;
    expect(nearest([makePond("lakeside", 4.5), makePond("east", 3.25)])).toEqual({
      kind: "above",
      marginMgPerL: 1.25,
      pond: "east",
    });
    expect(nearest([makePond("lakeside", 0.5, 1_000), makePond("east", 1, 9_000)])).toMatchObject({
      kind: "beyond",
      pond: "east",
    });
    expect(nearest([makePond("lakeside", null)])).toBeNull();
  });
});
