import { createContext, useContext } from "react";
import type { FarmFacts, Overview, PondFacts } from "../api.ts";

/** What hardly changes while one looks: who is signed in, the site, its farms and ponds, the ledger. */
export type SiteFacts = Overview & {
  /** Asks again at once: somebody signed in or out. */
  reload(): void;
};

export const SiteContext = createContext<SiteFacts | undefined>(undefined);

export function useSite(): SiteFacts {
  return useContext(SiteContext)!;
}

export function usePondFacts(): (id: string | null) => PondFacts | undefined {
  const { ponds } = useSite();
  return (id) => ponds.find((pond) => pond.id === id);
}

export function useFarm(id: string): FarmFacts | undefined {
  return useSite().farms.find((farm) => farm.id === id);
}
