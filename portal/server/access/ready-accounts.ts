import type { Hex } from "../../../protocol/terms.ts";
import type { ReadyAccount } from "../../api.ts";

/** The demo's accounts, whose keys it holds itself: signs EIP-4361 messages and nothing else. */
export type ReadyAccounts = {
  list(): ReadyAccount[];
  sign(id: string, message: string): Promise<Hex>;
};
