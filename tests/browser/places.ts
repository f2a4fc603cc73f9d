import type { Route } from "../../portal/web/router.ts";
import type { Person } from "../unit/portal/fixture/people.ts";

/** A page as a reader opens it: its address, what is there once it has loaded, and who he is; none: nobody yet. */
export type Place = { name: string; path: string; ready: string; as?: Person };

/** An address of every page of the portal, over the fixture's story; a page that is not here does not compile. */
const PLACES: Record<Route["page"], Omit<Place, "name"> | readonly Place[]> = {
  start: { path: "/", ready: "[data-testid=scenario]" },
  farm: [
    { name: "farm-ponds", path: "/farmer/daochang", ready: "[data-testid=pond-card]", as: "farmer-daochang" },
    {
      name: "farm-policies",
      path: "/farmer/daochang/policies",
      ready: "[data-testid=policy]",
      as: "farmer-daochang",
    },
  ],
  pond: { path: "/farmer/daochang/ponds/east", ready: ".chart canvas", as: "farmer-daochang" },
  "farm-claim": { path: "/farmer/daochang/claims/2", ready: ".chart canvas", as: "farmer-daochang" },
  insurer: { path: "/insurer", ready: "[data-testid=claim-row]", as: "officer" },
  "insurer-claim": { path: "/insurer/claims/2", ready: ".chart canvas", as: "officer" },
  unknown: { path: "/farmer/nobody", ready: "[role=alert]", as: "stranger" },
};

/** Every page of the portal. */
export const places: readonly Place[] = Object.entries(PLACES).flatMap(([name, place]) =>
  "ready" in place ? [{ name, ...place }] : place,
);
