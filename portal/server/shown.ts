import type { FastifyInstance } from "fastify";
import type { AnyPassage } from "../../protocol/flow-attributes.ts";
import type { SubRole } from "../../protocol/flows.ts";
import { isTracing, pass, passReading, spanTimeMs } from "../../telemetry/passages.ts";
import { traceOnLedger } from "../../telemetry/trace-ids.ts";
import type { ClaimSummary, LiveEvents, PolicyView, PondReadings } from "../api.ts";
import { INSURERS } from "./access/access.ts";
import type { Viewer } from "./access/viewer.ts";

/** Claims and policies whose showing was told: the newest of some thousands. */
const MAX_TOLD = 5_000;

const AT = {
  "fish-farmer": { deviceType: "Phone browser, wallet", to: "farmer" },
  "insurance-company": { deviceType: "Desktop browser, wallet", to: "insurer" },
} as const;

export type Onlooker = keyof typeof AT;

/** What of an answer's content is a flow to its reader; other routes show nothing of anybody's. */
const CONTENT: Record<string, (shown: Shown, to: Onlooker, value: never, bytes: number) => void> = {
  "/api/v1/claims": (shown, to, value, bytes) => shown.claims(to, value, bytes),
  "/api/v1/claims/:claim": (shown, to, { claim }: { claim: ClaimSummary }, bytes) =>
    shown.claims(to, [claim], bytes),
  "/api/v1/policies": (shown, to, value, bytes) => shown.policies(to, value, bytes),
  "/api/v1/ponds": (shown, to, _, bytes) => shown.newest(to, bytes),
  "/api/v1/ponds/:pond": (shown, to, _, bytes) => shown.newest(to, bytes),
  "/api/v1/ponds/:pond/readings": (shown, to, value, bytes) => shown.readings(to, value, bytes),
  "/api/v1/evidence/:streamId": (shown, to, _, bytes) => shown.evidence(to, "reading", bytes),
  "/api/v1/segments/:sha256": (shown, to, _, bytes) => shown.evidence(to, "reading", bytes),
  "/api/v1/batches": (shown, to, _, bytes) => shown.evidence(to, "batch", bytes),
};

/** Observes what people are shown: the last boundary of every flow. */
export type Shown = {
  claims(to: Onlooker, claims: readonly ClaimSummary[], bytes: number): void;
  policies(to: Onlooker, policies: readonly PolicyView[], bytes: number): void;
  /** Readings of a pond, each by its number. */
  readings(to: Onlooker, readings: PondReadings, bytes: number): void;
  /** The newest values of ponds, made of many readings. */
  newest(to: Onlooker, bytes: number): void;
  evidence(to: Onlooker, data: "reading" | "batch", bytes: number): void;
  /** What a page was told as it happened. */
  events(to: Viewer | undefined, events: Partial<LiveEvents>, bytes: number): void;
};

/** Tells of a policy or a claim once for each reader and state, of a reading once for each. */
export function createShown({ genesis }: { genesis: () => string | undefined }): Shown {
  const told = new Set<string>();
  /** The newest reading of every probe that was told to a reader: charts show the same ones again and again. */
  const newestTold = new Map<string, number>();
  const isNew = (what: string): boolean => {
    if (told.has(what)) return false;
    if (told.size >= MAX_TOLD) told.delete(told.values().next().value!);
    told.add(what);
    return true;
  };

  const tell = (
    to: Onlooker,
    passage: Pick<AnyPassage, "activity" | "flow" | "data" | "bytes">,
    { trace, facts = {} }: { trace?: { traceId: string }; facts?: Record<string, string | number> },
  ) => {
    const atMs = spanTimeMs();
    const about = { subRole: to as SubRole, deviceType: AT[to].deviceType, stage: "S5" as const };
    const passing = {
      sinceMs: atMs,
      untilMs: atMs,
      facts,
      ...(trace === undefined ? {} : { origin: trace }),
    };
    pass({ ...passage, ...about, action: "processed" } as AnyPassage, passing);
    pass({ ...passage, ...about, action: "transmitted" } as AnyPassage, passing);
  };

  const onLedger = (kind: "policy" | "claim", id: string) => {
    const ledger = genesis();
    return ledger === undefined
      ? {}
      : { trace: { traceId: traceOnLedger(kind, { genesis: ledger, id: BigInt(id) }).traceId } };
  };

  const shown: Shown = {
    claims(to, claims, bytes) {
      for (const { id, state } of claims) {
        if (!isNew(`${to}/claim/${id}/${state}`)) continue;
        const where = { ...onLedger("claim", id), facts: { claim: id, outcome: state } };
        const share = Math.round(bytes / claims.length);
        const what =
          state === "paid"
            ? { activity: "execute-insurance-service", flow: `payment-to-${AT[to].to}`, data: "payment" }
            : { activity: "request-insurance-service", flow: `claim-to-${AT[to].to}`, data: "claim" };
        tell(to, { ...what, bytes: share } as AnyPassage, where);
      }
    },
    policies(to, policies, bytes) {
      for (const { id, state } of policies) {
        if (!isNew(`${to}/policy/${id}/${state}`)) continue;
        const flow = `policy-to-${AT[to].to}`;
        const share = Math.round(bytes / policies.length);
        const passage = { activity: "create-insurance-contract", flow, data: "receipt", bytes: share };
        tell(to, passage as AnyPassage, {
          ...onLedger("policy", id),
          facts: { policy: id, outcome: state },
        });
      }
    },
    readings(to, { series }, bytes) {
      const points = series.flatMap(({ device, points }) => points.map(({ seq }) => ({ device, seq })));
      const passage = {
        activity: "provide-iot-data",
        flow: to === "fish-farmer" ? "reading-to-farmer" : "evidence-to-insurer",
        subRole: to,
        data: "reading",
        action: "transmitted",
        bytes: Math.round(bytes / points.length),
        deviceType: AT[to].deviceType,
      } as const;
      for (const { device, seq } of points) {
        const key = `${to}/${device}`;
        if (seq <= (newestTold.get(key) ?? -1)) continue;
        newestTold.set(key, seq);
        passReading(passage, { device, seq, sinceMs: spanTimeMs() });
      }
    },
    newest(to, bytes) {
      const flow = to === "fish-farmer" ? "reading-to-farmer" : "evidence-to-insurer";
      tell(to, { activity: "provide-iot-data", flow, data: "reading", bytes }, {});
    },
    evidence(to, data, bytes) {
      const flow = to === "fish-farmer" ? "reading-to-farmer" : "evidence-to-insurer";
      tell(to, { activity: "provide-iot-data", flow, data, bytes }, {});
    },
    events(viewer, { ponds, claims, batches }, bytes) {
      const to = onlookerOf(viewer);
      if (!isTracing() || to === undefined) return;
      if (ponds !== undefined) shown.newest(to, bytes);
      if (claims !== undefined) shown.claims(to, claims, bytes);
      if (batches !== undefined) shown.evidence(to, "batch", bytes);
    },
  };
  return shown;
}

/** As whom somebody looks; the model has no flow to others who may: the provider, auditors, lenders. */
function onlookerOf(viewer: Viewer | null | undefined): Onlooker | undefined {
  if (!viewer) return undefined;
  if (viewer.roles.includes("farmer")) return "fish-farmer";
  return viewer.roles.some((role) => INSURERS.includes(role)) ? "insurance-company" : undefined;
}

/** Observes every answer that shows something of somebody's. */
export function observeAnswers(app: FastifyInstance, shown: Shown): void {
  app.addHook("onSend", async (request, reply, payload: unknown) => {
    const tellOf = CONTENT[request.routeOptions.url ?? ""];
    if (!isTracing() || tellOf === undefined || reply.statusCode !== 200) return undefined;
    const isText = typeof payload === "string";
    if (!isText && !Buffer.isBuffer(payload)) return undefined;
    const to = onlookerOf(request.viewer);
    if (to === undefined) return undefined;
    const value = isText ? (JSON.parse(payload) as never) : (undefined as never);
    tellOf(shown, to, value, Buffer.byteLength(payload));
    return undefined;
  });
}
