import type { Hex } from "../../protocol/terms.ts";
import type { FarmFacts, Institution, PondFacts, Site } from "../api.ts";

/** What no ledger may know: names, and which opaque pond of the ledger they belong to. */
export type Directory = {
  site: Site;
  farms: FarmFacts[];
  ponds: DirectoryPond[];
  /** Whom farmers are offered to grant their data. */
  institutions?: Institution[];
};

/** `ledgerId`: the pond's opaque id in the terms; `probes`: device ids, 16 hex digits each. */
export type DirectoryPond = PondFacts & { ledgerId: Hex; probes: string[] };
