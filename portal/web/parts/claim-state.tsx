import type { ClaimState, ClaimSummary } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { CheckIcon } from "./icons.tsx";

/** The state of a claim as a word with a shape. */
export function ClaimStateBadge({ state }: { state: ClaimState }) {
  const { words } = useLocale();
  return (
    <span className={`badge claim-${state}`} data-testid="claim-state" data-state={state}>
      {state === "paid" ? <CheckIcon /> : <span className="badge-dot" aria-hidden="true" />}
      {words.claimStates[state]}
    </span>
  );
}

/** What happened, in one line. */
export function ClaimEventLine({ claim }: { claim: ClaimSummary }) {
  const { words, format } = useLocale();
  return (
    <>
      {words.claimHeadline(format.oxygen(claim.threshold), format.duration(claim.toMs - claim.fromMs))} ·{" "}
      {words.tierOf(format.count(claim.tier + 1), format.count(claim.tiers))}
    </>
  );
}
