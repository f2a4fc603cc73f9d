import { FARM_TABS, type FarmTab, hrefOf, type Route } from "../../portal/web/router.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { Person } from "../unit/portal/fixture/people.ts";
import { probesOf } from "../unit/portal/fixture/story.ts";

const probe = probesOf("east")[1]!;

/** A page as a reader opens it: its address, what is there once it has loaded, and who he is; none: nobody yet. */
export type Place = { name: string; path: string; ready: string; as?: Person };

/** What is there once each of the farmer's lists has loaded. */
const TABS: Record<FarmTab, string> = {
  ponds: "[data-testid=pond-card]",
  alarms: "[data-testid=alarm]",
  policies: "[data-testid=policy]",
  data: "[data-testid=person-save]",
};

/** An address of every page of the portal, over the fixture's story; a page that is not here does not compile. */
const PLACES: Record<Route["page"], Omit<Place, "name"> | readonly Place[]> = {
  start: { path: "/", ready: "[data-testid=scenario]" },
  farm: FARM_TABS.map((tab) => ({
    name: `farm-${tab}`,
    path: hrefOf({ page: "farm", farm: "daochang", tab }),
    ready: TABS[tab],
    as: "farmer-daochang",
  })),
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
