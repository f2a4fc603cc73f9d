import type { ErrorCode } from "../../protocol/errors.ts";
import type { ReporterStats } from "./reporter.ts";

/** What became of the last attempt on a provider, by its name and subject. */
export type ProviderState = "accepted" | "unchanged" | "cached" | "held" | "failed" | "waiting";

/** What a reporter of feeds says of itself. */
export type FeedsStatus = ReporterStats & {
  providers: Record<string, ProviderState>;
  /** Answers of each kind since the start. */
  answers: Record<string, number>;
  /** Hashes of the answers that were doubted last and wait for a person, by provider. */
  held: Record<string, string>;
  /** Reports that this reporter has signed in its life. */
  signed: number;
  /** The error that is being waited out, if any. */
  failing: ErrorCode | "INTERNAL" | undefined;
};

export type FeedsHealth = { ok: boolean; reasons: { code: string; what?: string }[] };

/** Whether a supervisor should look. */
export function feedsHealth({ failing, providers, held, refused, forged }: FeedsStatus): FeedsHealth {
  const reasons: FeedsHealth["reasons"] = [];
  if (failing !== undefined) reasons.push({ code: failing });
  for (const [what, state] of Object.entries(providers))
    if (state === "failed" || state === "waiting") reasons.push({ code: "provider-failing", what });
  for (const what of Object.keys(held)) reasons.push({ code: "answer-held", what });
  for (const what of Object.keys(refused)) reasons.push({ code: "post-refused", what });
  if (forged > 0) reasons.push({ code: "report-forged" });
  return { ok: reasons.length === 0, reasons };
}
