import { occurrenceAmount } from "../../../protocol/evaluate.ts";
import { decodeValue } from "../../../protocol/record.ts";
import type { PolicyView } from "../../api.ts";
import { useLocale } from "../locale.tsx";

const MS_PER_SECOND = 1000;

/** A policy in plain words: what it pays and when, and what it does not promise. */
export function PolicyPanel({ policy }: { policy: PolicyView }) {
  const { words, format } = useLocale();
  const { terms, coverFromMs } = policy;
  const sumInsured = BigInt(terms.sumInsured);
  return (
    <div className="policy" data-testid="policy">
      <p className={`policy-state policy-${policy.state}`}>
        {words.policy} {policy.id} · <b>{words.policyStates[policy.state]}</b>
      </p>
      {terms.perils.map((peril, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a peril is its index in the terms
        <div key={index}>
          <ol className="ladder">
            {peril.tiers.map(({ threshold, minDurationMs, payoutBps }) => (
              <li key={payoutBps}>
                {words.perilLine(
                  format.oxygen(decodeValue(threshold)),
                  format.duration(minDurationMs),
                  format.money(
                    occurrenceAmount(
                      { sumInsured },
                      { ...peril, deductible: BigInt(peril.deductible), sublimit: BigInt(peril.sublimit) },
                      payoutBps,
                    ),
                  ),
                )}
              </li>
            ))}
          </ol>
        </div>
      ))}
      <p>{words.sensorsAgree(format.count(terms.minSensors), format.count(terms.probes.length))}</p>
      <dl className="facts">
        <div>
          <dt>{words.sumInsured}</dt>
          <dd>{format.money(terms.sumInsured)}</dd>
        </div>
        <div>
          <dt>{words.premium}</dt>
          <dd>{format.money(terms.premium)}</dd>
        </div>
        <div>
          <dt>{words.paidOut}</dt>
          <dd>{format.money(policy.paid)}</dd>
        </div>
        {coverFromMs !== null && (
          <div>
            <dt>{words.cover}</dt>
            <dd>{words.coverSpan(format.year(coverFromMs), format.year(terms.endsAt * MS_PER_SECOND))}</dd>
          </div>
        )}
      </dl>
      <p className="note">
        <b>{words.basisRiskTitle}</b> {words.basisRisk}
      </p>
    </div>
  );
}
