/** The farmer's three lists. */
export type FarmTab = "ponds" | "policies" | "data";

/** Where one can be in the portal. */
export type Route =
  | { page: "start" }
  | { page: "farm"; farm: string; tab: FarmTab }
  | { page: "pond"; farm: string; pond: string }
  | { page: "farm-claim"; farm: string; claim: string }
  | { page: "insurer" }
  | { page: "insurer-claim"; claim: string }
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
  }
}

/** The place of an address. */
export function routeOf(pathname: string): Route {
  const [role, second, kind, id, ...rest] = pathname.split("/").filter(Boolean).map(decoded);
  if (rest.length > 0) return { page: "unknown" };
  if (role === undefined) return { page: "start" };
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
  if (second === "claims" && claim !== undefined && rest === undefined)
    return { page: "insurer-claim", claim };
  return { page: "unknown" };
}

function farmRoute(farm: string, kind: string | undefined, id: string | undefined): Route {
  if (kind === undefined) return { page: "farm", farm, tab: "ponds" };
  if ((kind === "policies" || kind === "data") && id === undefined) return { page: "farm", farm, tab: kind };
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
