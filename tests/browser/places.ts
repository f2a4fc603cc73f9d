import type { Route } from "../../portal/web/router.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { Person } from "../unit/portal/fixture/people.ts";
import { probesOf } from "../unit/portal/fixture/story.ts";

const probe = probesOf("east")[1]!;

/** A page as a reader opens it: its address, what is there once it has loaded, and who he is; none: nobody yet. */
export type Place = { name: string; path: string; ready: string; as?: Person };

/** An address of every page of the portal, over the fixture's story; a page that is not here does not compile. */
const PLACES: Record<Route["page"], Omit<Place, "name"> | readonly Place[]> = {
  start: { path: "/", ready: "[data-testid=scenario]" },
  farm: [
    { name: "farm-ponds", path: "/farmer/daochang", ready: "[data-testid=pond-card]", as: "farmer-daochang" },
    {
      name: "farm-alarms",
      path: "/farmer/daochang/alarms",
      ready: "[data-testid=alarm]",
      as: "farmer-daochang",
    },
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
  portfolio: { path: "/insurer/portfolio", ready: "[data-testid=product]", as: "officer" },
  provider: { path: "/provider", ready: "[data-testid=probe-row]", as: "registrar" },
  probe: { path: `/provider/probes/${probe.device}`, ready: "dl", as: "registrar" },
  auditor: { path: "/auditor", ready: "[data-testid=batches]", as: "auditor" },
  events: { path: "/auditor/events", ready: "[data-testid=event]", as: "auditor" },
  batch: { path: "/auditor/batches/3", ready: "[data-testid=streams]", as: "auditor" },
  reading: {
    path: `/auditor/readings/${toHex(probe.streamId)}/600`,
    ready: "[data-testid=reading-result]",
    as: "auditor",
  },
  unknown: { path: "/farmer/nobody", ready: "[role=alert]", as: "stranger" },
};

/** Every page of the portal. */
export const places: readonly Place[] = Object.entries(PLACES).flatMap(([name, place]) =>
  "ready" in place ? [{ name, ...place }] : place,
);
