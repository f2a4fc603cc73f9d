import { createContext, useContext } from "react";
import type { FarmFacts, Overview, PondFacts } from "../api.ts";

/** What does not change while one looks: the site, its farms and ponds, the ledger. */
export const SiteContext = createContext<Overview | undefined>(undefined);

export function useSite(): Overview {
  return useContext(SiteContext)!;
}

export function usePondFacts(): (id: string | null) => PondFacts | undefined {
  const { ponds } = useSite();
  return (id) => ponds.find((pond) => pond.id === id);
}

export function useFarm(id: string): FarmFacts | undefined {
  return useSite().farms.find((farm) => farm.id === id);
}
