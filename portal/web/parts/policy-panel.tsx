import { occurrenceAmount } from "../../../protocol/evaluate.ts";
import { decodeValue } from "../../../protocol/record.ts";
import type { PolicyView } from "../../api.ts";
import { useLocale } from "../locale.tsx";

const MS_PER_SECOND = 1000;

/** A policy in plain words: what it pays and when, and what it does not promise. */
export function PolicyPanel({ policy }: { policy: PolicyView }) {
  const { words, format } = useLocale();
  const { terms, coverFromMs } = policy;
  return (
    <div className="policy" data-testid="policy">
      <p className={`policy-state policy-${policy.state}`}>
        {words.policy} {policy.id} · <b>{words.policyStates[policy.state]}</b>
      </p>
      {terms.perils.map((peril, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a peril is its index in the terms
        <Ladder key={index} peril={peril} sumInsured={terms.sumInsured} />
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

type WirePeril = PolicyView["terms"]["perils"][number];

/** What is paid after how long, under each threshold. */
function Ladder({ peril, sumInsured }: { peril: WirePeril; sumInsured: string }) {
  const { words, format } = useLocale();
  const limits = { ...peril, deductible: BigInt(peril.deductible), sublimit: BigInt(peril.sublimit) };
  const byThreshold = Map.groupBy(peril.tiers, ({ threshold }) => threshold);
  return [...byThreshold].map(([threshold, tiers]) => (
    <div key={threshold} className="ladder">
      <p>{words.perilHead(format.oxygen(decodeValue(threshold)))}</p>
      <ol>
        {tiers.map(({ minDurationMs, payoutBps }) => (
          <li key={payoutBps}>
            <span>{words.perilStep(format.duration(minDurationMs))}</span>
            <b>{format.money(occurrenceAmount({ sumInsured: BigInt(sumInsured) }, limits, payoutBps))}</b>
          </li>
        ))}
      </ol>
    </div>
  ));
}
