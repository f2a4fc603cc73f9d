import type { Interface } from "ethers";
import type { ActivityName, DataName, FlowName, SubRole } from "../protocol/flows.ts";
import { interfaceOf } from "./artifacts.ts";
import { CONTRACT_NAMES, type ContractName, type Deployment } from "./deployment.ts";

/** What a transaction is for: its flow, what it carries, and as which flow the nodes agree on it. */
export type TransactionFlow = {
  activity: ActivityName;
  flow: FlowName;
  agreed: FlowName;
  data: DataName;
};

/** What a transaction asks for: the contract and function, and its arguments. */
export type Call = { name: string; args: readonly unknown[] };

const set = (flow: FlowName<"create-insurance-contract">, data: DataName): TransactionFlow => ({
  activity: "create-insurance-contract",
  flow,
  agreed: "agree-on-policy",
  data,
});
const claim: TransactionFlow = {
  activity: "request-insurance-service",
  flow: "prove-claim",
  agreed: "agree-on-claim",
  data: "claim",
};
const approval: TransactionFlow = {
  activity: "execute-insurance-service",
  flow: "approve-claim",
  agreed: "agree-on-approval",
  data: "claim",
};
const payment: TransactionFlow = {
  activity: "execute-insurance-service",
  flow: "collect-payout",
  agreed: "agree-on-payment",
  data: "payment",
};
const batch: TransactionFlow = {
  activity: "provide-iot-data",
  flow: "anchor-batch",
  agreed: "agree-on-batch",
  data: "batch",
};

/** Whoever may call it. */
const ANYBODY = "anybody";

/**
 * What every transaction is for, by what it really calls and who signs it. A call that does not stand here is observed all
 * the same, and then fails `npm run dataflows` until it is declared.
 */
const FLOWS: Record<string, Partial<Record<SubRole | typeof ANYBODY, TransactionFlow>>> = {
  "Token.mint": { "insurance-company": set("issue-money", "payment") },
  "Token.transfer": { "insurance-company": set("issue-money", "payment") },
  "Token.approve": {
    "insurance-company": set("fund-pool", "payment"),
    "service-provider": set("post-bond", "payment"),
    "fish-farmer": set("pay-premium", "payment"),
  },
  "OperatorBond.post": { "service-provider": set("post-bond", "payment") },
  "Pool.deposit": { "insurance-company": set("fund-pool", "payment") },
  "DeviceRegistry.register": { registrar: set("register-probe", "probe-registration") },
  "DeviceRegistry.bind": { registrar: set("register-probe", "probe-registration") },
  "ConsentRegistry.enroll": { registrar: set("appoint-people", "user-entity") },
  "ConsentRegistry.appoint": { "insurance-company": set("appoint-people", "user-entity") },
  "AccessManager.grantRole": { governor: set("appoint-people", "user-entity") },
  "FeedRegistry.defineFeed": { governor: set("define-feeds", "insurance-terms") },
  "Products.publish": { "insurance-company": set("publish-product", "insurance-terms") },
  "Products.approve": { governor: set("approve-product", "insurance-terms") },
  "Policies.bind": { "fish-farmer": set("bind-policy", "insurance-terms") },
  "Policies.payPremium": { "fish-farmer": set("pay-premium", "payment") },
  "BatchLedger.anchor": { [ANYBODY]: batch },
  "Claims.prove": { [ANYBODY]: claim },
  "Claims.correct": { [ANYBODY]: claim },
  "Claims.reopen": { [ANYBODY]: claim },
  "Claims.approve": { [ANYBODY]: approval },
  "Claims.finalize": { [ANYBODY]: approval },
  "Claims.collect": { [ANYBODY]: payment },
};

/** The flow of a call by somebody, or `undefined` where none is declared. */
export function flowOfCall(name: string, subRole: SubRole): TransactionFlow | undefined {
  const byRole = FLOWS[name];
  return byRole?.[subRole] ?? byRole?.[ANYBODY];
}

/** Reads what transactions to the contracts of a deployment ask for. */
export function createCallReader({
  contracts,
}: Pick<Deployment, "contracts">): (to: string | null, data: string) => Call {
  const known = new Map<string, { name: ContractName; abi: Interface }>(
    CONTRACT_NAMES.map((name) => [contracts[name].toLowerCase(), { name, abi: interfaceOf(name) }]),
  );
  return (to, data) => {
    const contract = known.get(to?.toLowerCase() ?? "");
    const call = contract?.abi.parseTransaction({ data });
    if (!contract || !call) return { name: contract?.name ?? "an unknown contract", args: [] };
    return { name: `${contract.name}.${call.name}`, args: [...call.args] };
  };
}
