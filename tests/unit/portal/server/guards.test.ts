import { describe, expect, it } from "vitest";
import { createRateLimit, securityHeaders } from "../../../../portal/server/guards.ts";

describe("the rate limit", () => {
  it("lets a burst through, then no more than its rate", () => {
    let nowMs = 0;
    const allow = createRateLimit({ burst: 3, perSecond: 2, nowMs: () => nowMs });
    expect([1, 2, 3, 4].map(() => allow("a"))).toEqual([true, true, true, false]);
    nowMs += 500;
    expect([allow("a"), allow("a")]).toEqual([true, false]);
  });

  it("counts every sender by himself", () => {
    const allow = createRateLimit({ burst: 1, perSecond: 0, nowMs: () => 0 });
    expect([allow("a"), allow("b"), allow("a")]).toEqual([true, true, false]);
  });
});

describe("the security headers", () => {
  it("allow no inline script or style, and the ledger's node that is in use", () => {
    const policy = securityHeaders("http://192.168.1.20:8545")["content-security-policy"]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("http://192.168.1.20:8545");
  });
});
