import type { ForwardTypedData } from "../../../ledger/forward.ts";
import type { Hex } from "../../../protocol/terms.ts";
import type { ReadyAccount } from "../../api.ts";

/** The demo's accounts, whose keys it holds itself: signs what this portal made, and nothing else. */
export type ReadyAccounts = {
  list(): ReadyAccount[];
  sign(id: string, message: string): Promise<Hex>;
  signRequest(id: string, request: ForwardTypedData): Promise<Hex>;
};
