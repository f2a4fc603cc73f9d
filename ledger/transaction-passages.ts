import { Transaction, type TransactionReceipt } from "ethers";
import type { AnyPassage } from "../protocol/flow-attributes.ts";
import type { Action, DataName, Facts, Stage, SubRole } from "../protocol/flows.ts";
import { isTracing, pass, passUndeclared, spanTimeMs } from "../telemetry/passages.ts";
import { type TraceIds, traceOfTransaction, traceOnLedger } from "../telemetry/trace-ids.ts";
import { interfaceOf } from "./artifacts.ts";
import type { Deployment } from "./deployment.ts";
import { type Call, createCallReader, flowOfCall, type TransactionFlow } from "./transaction-flows.ts";

/** Who runs the node that a program of ours asks. */
const NODE_OWNER: SubRole = "service-provider";
const NODE = "Hosted node";
/** r, s and the parity: what of a transaction says who its sender is. */
const SIGNATURE_BYTES = 65;
/** Transactions on their way that are remembered; a lost one is never heard of again. */
const MAX_OPEN = 1_000;

type Submitted = { call: Call; bytes: number; sentMs: number; takenMs: number };

/** Observes the stages of an account's transactions (clause 6): what the node reports of each, and when. */
export type TransactionPassages = {
  /** The node has taken a signed transaction that was handed to it at `sentMs`. */
  submitted(raw: string, sentMs: number): void;
  /** The node has shown a receipt; `askedMs` is when it was asked for it. */
  received(receipt: TransactionReceipt, askedMs: number): void;
};

/** The stages are told together when the receipt is there, for only that says which policy or claim it was. */
export function createTransactionPassages({
  deployment,
  subRole,
}: {
  deployment: Deployment;
  subRole: SubRole;
}): TransactionPassages {
  const open = new Map<string, Submitted>();
  let readCall: ReturnType<typeof createCallReader> | undefined;
  return {
    submitted(raw, sentMs) {
      if (!isTracing()) return;
      const takenMs = spanTimeMs();
      const { hash, to, data } = Transaction.from(raw);
      readCall ??= createCallReader(deployment);
      if (open.size >= MAX_OPEN) open.clear();
      open.set(hash!, { call: readCall(to, data), bytes: raw.length / 2 - 1, sentMs, takenMs });
    },
    received(receipt, askedMs) {
      const submitted = open.get(receipt.hash);
      if (submitted === undefined) return;
      open.delete(receipt.hash);
      const flow = flowOfCall(submitted.call.name, subRole);
      const about = subjectOf(submitted.call, receipt, deployment);
      if (flow === undefined) {
        const { sentMs } = submitted;
        const call = `${submitted.call.name} by ${subRole}`;
        passUndeclared(call, { origin: about.trace, sinceMs: sentMs, untilMs: askedMs });
      } else tellStages({ flow, subRole, submitted, receipt, askedMs, about });
    },
  };
}

/** `after` is the span of its trace that it follows, where there is one: a batch was sealed before. */
type Subject = { trace: TraceIds; after?: TraceIds; facts: Facts; links: TraceIds[] };

/** The life of a transaction as spans below one of its own, in the trace of what it is about. */
function tellStages({
  flow: { activity, flow, agreed, data },
  subRole,
  submitted,
  receipt,
  askedMs,
  about,
}: {
  flow: TransactionFlow;
  subRole: SubRole;
  submitted: Submitted;
  receipt: TransactionReceipt;
  askedMs: number;
  about: Subject;
}): void {
  const { hash, blockNumber, gasUsed, logs, status } = receipt;
  const { call, bytes, sentMs, takenMs } = submitted;
  const untilMs = spanTimeMs();
  const facts = { ...about.facts, call: call.name, transaction: hash };
  const own = { traceId: about.trace.traceId, spanId: traceOfTransaction(hash).spanId };
  const failed = status === 1 ? {} : { failed: "reverted" };
  const eventBytes = logs.reduce((sum, log) => sum + log.data.length / 2 - 1 + 32 * log.topics.length, 0);

  const tell = (
    stage: Stage,
    action: Action,
    what: { flow?: string; data: DataName; bytes?: number; sinceMs: number; untilMs: number; facts?: Facts },
  ) => {
    const isNode = what.flow === agreed;
    const passage = {
      activity,
      flow: what.flow ?? flow,
      subRole: isNode ? NODE_OWNER : subRole,
      data: what.data,
      action,
      stage,
      ...(what.bytes === undefined ? {} : { bytes: what.bytes }),
      ...(isNode ? { deviceType: NODE } : {}),
    } as AnyPassage;
    const isFirst = stage === "S1" && action === "created";
    pass(passage, {
      ...(isFirst
        ? { origin: own, ...(about.after === undefined ? {} : { after: about.after }) }
        : { after: own }),
      sinceMs: what.sinceMs,
      untilMs: what.untilMs,
      facts: { ...facts, ...what.facts },
      ...(isFirst ? { links: about.links } : {}),
      ...(stage === "S4" ? failed : {}),
    });
  };

  tell("S1", "created", { data: "user-entity", bytes: SIGNATURE_BYTES, sinceMs: sentMs, untilMs: sentMs });
  tell("S1", "transmitted", { data, bytes, sinceMs: sentMs, untilMs: takenMs });
  tell("S2", "processed", { flow: agreed, data, bytes, sinceMs: sentMs, untilMs: takenMs });
  tell("S3", "stored", {
    flow: agreed,
    data,
    bytes,
    sinceMs: takenMs,
    untilMs: askedMs,
    facts: { block: blockNumber },
  });
  tell("S4", "processed", {
    flow: agreed,
    data: "receipt",
    bytes: eventBytes,
    sinceMs: takenMs,
    untilMs: askedMs,
    facts: { block: blockNumber, gas: Number(gasUsed), count: logs.length, outcome: status ?? "unknown" },
  });
  tell("S5", "transmitted", { data: "receipt", bytes: eventBytes, sinceMs: askedMs, untilMs });
}

/** What a transaction is about, by its arguments and by the events of its receipt. */
function subjectOf(
  { name, args }: Call,
  { hash, logs }: TransactionReceipt,
  { genesis, contracts }: Deployment,
): Subject {
  const on = (kind: "batch" | "policy" | "claim", id: unknown): Subject => {
    const trace = traceOnLedger(kind, { genesis, id: BigInt(id as string) });
    const after = kind === "batch" ? { after: trace } : {};
    return { trace, ...after, facts: { [kind]: Number(id) }, links: [] };
  };
  /** The number that a contract gave: the first argument of the event that says so. */
  const given = (contract: "Policies" | "Claims", event: string) => {
    const topic = interfaceOf(contract).getEvent(event)!.topicHash;
    return logs.find(
      ({ address, topics }) =>
        topics[0] === topic && address.toLowerCase() === contracts[contract].toLowerCase(),
    )?.topics[1];
  };
  switch (name) {
    case "BatchLedger.anchor":
      return on("batch", args[0]);
    case "Policies.bind": {
      const policy = given("Policies", "PolicyBound");
      if (policy !== undefined) return on("policy", policy);
      break;
    }
    case "Policies.payPremium":
      return on("policy", args[0]);
    case "Claims.prove": {
      const id = given("Claims", "ClaimEvaluated");
      if (id !== undefined) return { ...on("claim", id), links: batchesOf(args, genesis) };
      break;
    }
    case "Claims.correct":
    case "Claims.reopen":
    case "Claims.approve":
    case "Claims.finalize":
    case "Claims.collect":
      return on("claim", args[0]);
  }
  return { trace: traceOfTransaction(hash), facts: {}, links: [] };
}

/** The batches that a proof opens: it follows from their readings. */
function batchesOf(args: readonly unknown[], genesis: string): TraceIds[] {
  const evidence = args.at(-1) as readonly { window: { batch: bigint }; earlier: { batch: bigint } }[];
  const numbers = evidence.flatMap(({ window, earlier }) => [window.batch, earlier.batch]);
  return [...new Set(numbers)]
    .filter((number) => number > 0n)
    .map((number) => traceOnLedger("batch", { genesis, id: number }));
}
