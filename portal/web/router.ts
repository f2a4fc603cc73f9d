/** The farmer's four lists. */
export const FARM_TABS = ["ponds", "alarms", "policies", "data"] as const;
export type FarmTab = (typeof FARM_TABS)[number];

/** Where one can be in the portal. */
export type Route =
  | { page: "start" }
  | { page: "farm"; farm: string; tab: FarmTab }
  | { page: "pond"; farm: string; pond: string }
  | { page: "farm-claim"; farm: string; claim: string }
  | { page: "insurer" }
  | { page: "portfolio" }
  | { page: "insurer-claim"; claim: string }
  | { page: "provider" }
  | { page: "probe"; device: string }
  | { page: "auditor" }
  | { page: "events" }
  | { page: "batch"; batch: string }
  | { page: "reading"; stream: string; seq: string }
  | { page: "unknown" };

/** The address of a place. */
export function hrefOf(route: Route): string {
  const segments = (...parts: string[]) => parts.map((part) => `/${encodeURIComponent(part)}`).join("");
  switch (route.page) {
    case "start":
    case "unknown":
      return "/";
    case "farm":
      return segments("farmer", route.farm, ...(route.tab === "ponds" ? [] : [route.tab]));
    case "pond":
      return segments("farmer", route.farm, "ponds", route.pond);
    case "farm-claim":
      return segments("farmer", route.farm, "claims", route.claim);
    case "insurer":
      return "/insurer";
    case "insurer-claim":
      return segments("insurer", "claims", route.claim);
    case "portfolio":
      return "/insurer/portfolio";
    case "provider":
      return "/provider";
    case "probe":
      return segments("provider", "probes", route.device);
    case "auditor":
      return "/auditor";
    case "events":
      return "/auditor/events";
    case "batch":
      return segments("auditor", "batches", route.batch);
    case "reading":
      return segments("auditor", "readings", route.stream, route.seq);
  }
}

/** The place of an address. */
export function routeOf(pathname: string): Route {
  const [role, second, kind, id, ...rest] = pathname.split("/").filter(Boolean).map(decoded);
  if (rest.length > 0) return { page: "unknown" };
  if (role === undefined) return { page: "start" };
  if (role === "auditor") return auditorRoute(second, kind, id);
  if (role === "provider") return providerRoute(second, kind, id);
  if (role === "insurer") return insurerRoute(second, kind, id);
  if (role === "farmer" && second !== undefined) return farmRoute(second, kind, id);
  return { page: "unknown" };
}

function insurerRoute(
  second: string | undefined,
  claim: string | undefined,
  rest: string | undefined,
): Route {
  if (second === undefined) return { page: "insurer" };
  if (second === "portfolio" && claim === undefined) return { page: "portfolio" };
  if (second === "claims" && claim !== undefined && rest === undefined)
    return { page: "insurer-claim", claim };
  return { page: "unknown" };
}

function providerRoute(
  second: string | undefined,
  device: string | undefined,
  rest: string | undefined,
): Route {
  if (second === undefined) return { page: "provider" };
  if (second === "probes" && device !== undefined && rest === undefined) return { page: "probe", device };
  return { page: "unknown" };
}

function auditorRoute(second: string | undefined, id: string | undefined, seq: string | undefined): Route {
  if (second === undefined) return { page: "auditor" };
  if (second === "events" && id === undefined) return { page: "events" };
  if (second === "batches" && id !== undefined && seq === undefined) return { page: "batch", batch: id };
  if (second === "readings" && id !== undefined && seq !== undefined)
    return { page: "reading", stream: id, seq };
  return { page: "unknown" };
}

function farmRoute(farm: string, kind: string | undefined, id: string | undefined): Route {
  if (kind === undefined) return { page: "farm", farm, tab: "ponds" };
  const tab = FARM_TABS.find((name) => name === kind);
  if (tab !== undefined && tab !== "ponds" && id === undefined) return { page: "farm", farm, tab };
  if (kind === "ponds" && id !== undefined) return { page: "pond", farm, pond: id };
  if (kind === "claims" && id !== undefined) return { page: "farm-claim", farm, claim: id };
  return { page: "unknown" };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // An address that somebody cut in the middle of a character leads nowhere, like any other wrong one.
    return segment;
  }
}
