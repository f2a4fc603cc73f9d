import type { Route } from "../../portal/web/router.ts";

/** A page as a reader opens it: its address, and what is there once it has loaded. */
export type Place = { name: string; path: string; ready: string };

/** An address of every page of the portal, over the fixture's story; a page that is not here does not compile. */
const PLACES: Record<Route["page"], Omit<Place, "name"> | readonly Place[]> = {
  start: { path: "/", ready: "[data-testid=scenario]" },
  farm: [
    { name: "farm-ponds", path: "/farmer/daochang", ready: "[data-testid=pond-card]" },
    { name: "farm-policies", path: "/farmer/daochang/policies", ready: "[data-testid=policy]" },
  ],
  pond: { path: "/farmer/daochang/ponds/east", ready: ".chart canvas" },
  "farm-claim": { path: "/farmer/daochang/claims/2", ready: ".chart canvas" },
  insurer: { path: "/insurer", ready: "[data-testid=claim-row]" },
  "insurer-claim": { path: "/insurer/claims/2", ready: ".chart canvas" },
  unknown: { path: "/farmer/nobody", ready: "[role=alert]" },
};

/** Every page of the portal. */
export const places: readonly Place[] = Object.entries(PLACES).flatMap(([name, place]) =>
  "ready" in place ? [{ name, ...place }] : place,
);
