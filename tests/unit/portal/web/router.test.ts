import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FARM_TABS, hrefOf, type Route, routeOf } from "../../../../portal/web/router.ts";

const id = fc.string({ minLength: 1 }).filter((text) => text !== "." && text !== "..");

describe("an address", () => {
  it("leads back to the place that it was made for", () => {
    const route: fc.Arbitrary<Route> = fc.oneof(
      fc.constant({ page: "start" as const }),
      fc.constant({ page: "insurer" as const }),
      fc.record({ page: fc.constant("insurer-claim" as const), claim: id }),
      fc.record({
        page: fc.constant("farm" as const),
        farm: id,
        tab: fc.constantFrom(...FARM_TABS),
      }),
      fc.constantFrom(
        { page: "portfolio" as const },
        { page: "provider" as const },
        { page: "auditor" as const },
        { page: "events" as const },
      ),
      fc.record({ page: fc.constant("probe" as const), device: id }),
      fc.record({ page: fc.constant("batch" as const), batch: id }),
      fc.record({ page: fc.constant("reading" as const), stream: id, seq: id }),
      fc.record({ page: fc.constant("pond" as const), farm: id, pond: id }),
      fc.record({ page: fc.constant("farm-claim" as const), farm: id, claim: id }),
    );
    fc.assert(
      fc.property(route, (place) => {
        expect(routeOf(hrefOf(place))).toEqual(place);
      }),
    );
  });

  it.each([
    "/admin",
    "/farmer",
    "/farmer/a/b",
    "/farmer/a/ponds",
    "/farmer/a/ponds/b/c",
    "/insurer/claims",
    "/insurer/claims/1/2",
    "/%E0%A4%A",
  ])("%s leads nowhere", (address) => {
    expect(routeOf(address)).toEqual({ page: "unknown" });
  });
});
