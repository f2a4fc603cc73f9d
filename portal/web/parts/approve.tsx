import { useState } from "react";
import type { ClaimDetail, Problem } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { post } from "../portal-api.ts";
import { CheckIcon } from "./icons.tsx";

type Sent =
  | { phase: "ready" }
  | { phase: "sent" }
  | { phase: "in-block"; transactionHash: string }
  | { phase: "refused"; problem: Problem | undefined };

/** The officer's decision: the button names the amount and what follows; then the ledger's progress, in words. */
export function Approve({ detail: { claim, canApprove } }: { detail: ClaimDetail }) {
  const { words, format } = useLocale();
  const [sent, setSent] = useState<Sent>({ phase: "ready" });
  const approve = async () => {
    setSent({ phase: "sent" });
    const answer = await post<{ transactionHash: string }>(
      `/api/v1/claims/${claim.id}/approve`,
      { amount: claim.amount },
      new AbortController().signal,
    );
    setSent(
      answer.ok ? { phase: "in-block", ...answer.value } : { phase: "refused", problem: answer.problem },
    );
  };
  if (sent.phase === "ready" || sent.phase === "refused") {
    if (!canApprove) return null;
    return (
      <div className="approve">
        {sent.phase === "refused" && (
          <p className="result fails" role="alert">
            {words.approveRefused}: {sent.problem?.detail ?? words.failedHint}
          </p>
        )}
        <button
          type="button"
          className="button primary"
          data-testid="approve-button"
          onClick={() => void approve()}
        >
          {words.approve(format.money(claim.amount))}
        </button>
        <p className="hint">{words.approveHint}</p>
      </div>
    );
  }
  const inBlock = sent.phase === "in-block";
  const steps = [
    { name: words.approveSent, done: true },
    { name: words.approveInBlock, done: inBlock },
    { name: words.approvePayable, done: inBlock && claim.state !== "evaluated" },
  ];
  return (
    <ol className="progress-steps" aria-live="polite">
      {steps.map(({ name, done }) => (
        <li key={name} className={done ? "reached" : "ahead"}>
          <span className="dot">{done && <CheckIcon />}</span>
          {name}
        </li>
      ))}
    </ol>
  );
}
