import type { ClaimSummary } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import type { Route } from "../router.ts";
import { usePondFacts } from "../site.tsx";
import { ClaimEventLine, ClaimStateBadge } from "./claim-state.tsx";

/** A claim in two lines, leading to its page. */
export function ClaimLink({ claim, to }: { claim: ClaimSummary; to: Route }) {
  const { words, format, nameOf } = useLocale();
  const pond = usePondFacts()(claim.pond);
  return (
    <Link to={to} className="card claim-link" data-testid="claim-row" data-claim={claim.id}>
      <span className="claim-link-head">
        <ClaimStateBadge state={claim.state} />
        <strong>{format.money(claim.amount)}</strong>
      </span>
      <span>
        {pond === undefined ? words.claimNumber(claim.id) : nameOf(pond.name)} ·{" "}
        <ClaimEventLine claim={claim} />
      </span>
    </Link>
  );
}
