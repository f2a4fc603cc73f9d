import { VERDICTS, type Verdict } from "../../protocol/admission.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { streamIdOf } from "../../protocol/node.ts";
import type { Hex } from "../../protocol/terms.ts";
import type {
  ClaimDetail,
  ClaimSummary,
  Deployment,
  Pipeline,
  PolicyView,
  PondDetail,
  PondSummary,
  ProbeState,
  SimulationState,
  Tick,
} from "../api.ts";
import { byDeadline, claimSummary, evaluationHint, perilOf, policyView } from "./claims.ts";
import type { Directory, DirectoryPond } from "./directory.ts";
import type { GatewayDevice } from "./gateway-messages.ts";
import type { LedgerClaim, LedgerPolicy } from "./ledger-view.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import type { OracleWatch } from "./oracle-watch.ts";
import { pondSummary, worstFirst } from "./pond-state.ts";
import type { RecentReadings } from "./recent-readings.ts";
import { timelineOf } from "./timeline.ts";

/** Everything that a page can be shown, as of now. */
export type World = {
  tick(): Tick;
  /** Worst first. */
  ponds(): PondSummary[];
  pond(id: string): PondDetail | undefined;
  policies(): PolicyView[];
  /** The next that somebody must act on first. */
  claims(): ClaimSummary[];
  claim(id: string): Omit<ClaimDetail, "canApprove"> | undefined;
  deployment(): Deployment | undefined;
  /** The ledger's name of the pond that a claim is about. */
  pondOfClaim(id: string): Hex | undefined;
  /** The ledger's name of the pond in which the probe of a stream hangs. */
  pondOfStream(streamId: string): Hex | undefined;
};

export function createWorld({
  directory,
  recent,
  ledger,
  oracle,
  simulation,
  now,
}: {
  directory: Directory;
  recent: RecentReadings;
  ledger: LedgerWatch;
  oracle: OracleWatch;
  simulation: () => SimulationState | null;
  now: () => number;
}): World {
  const policyOfClaim = (claim: LedgerClaim) => ledger.policies().find(({ id }) => id === claim.policy);

  const claims = (): ClaimSummary[] =>
    ledger
      .claims()
      .flatMap((claim) => {
        const policy = policyOfClaim(claim);
        return policy ? [claimSummary(claim, policy, directory)] : [];
      })
      .sort(byDeadline);

  const probesOf = (pond: DirectoryPond) =>
    pond.probes.map((device) => ({
      state: probeState({
        device,
        known: recent.devices().find((candidate) => candidate.device === device),
        deployment: oracle.deployment(),
      }),
      points: recent.points(device),
    }));

  const summary = (pond: DirectoryPond, known: ClaimSummary[]): PondSummary =>
    pondSummary({
      pond,
      probes: probesOf(pond),
      policy: policyOfPond(pond, ledger.policies()),
      claims: known.filter((claim) => claim.pond === pond.id),
      place: directory.site,
      nowMs: now(),
    });

  return {
    deployment: () => oracle.deployment(),
    pondOfClaim: (id) => {
      const claim = ledger.claims().find((candidate) => candidate.id.toString() === id);
      return claim && policyOfClaim(claim)?.terms.pond;
    },
    pondOfStream: (streamId) =>
      directory.ponds.find((pond) => probesOf(pond).some(({ state }) => state.streamId === streamId))
        ?.ledgerId,
    claims,
    policies: () => ledger.policies().map((policy) => policyView(policy, directory)),
    ponds: () => {
      const known = claims();
      return directory.ponds.map((pond) => summary(pond, known)).sort(worstFirst);
    },
    pond: (id) => {
      const pond = directory.ponds.find((candidate) => candidate.id === id);
      if (pond === undefined) return undefined;
      const policy = policyOfPond(pond, ledger.policies());
      return {
        nowMs: now(),
        pond: summary(pond, claims()),
        probes: probesOf(pond).map(({ state }) => state),
        policy: policy ? policyView(policy, directory) : null,
      };
    },
    claim: (id) => {
      const claim = ledger.claims().find((candidate) => candidate.id.toString() === id);
      const policy = claim && policyOfClaim(claim);
      if (claim === undefined || policy === undefined) return undefined;
      const pond = directory.ponds.find(({ ledgerId }) => ledgerId === policy.terms.pond);
      const { ledgerId: _, probes: __, ...facts } = pond ?? { ledgerId: null, probes: [] };
      return {
        claim: claimSummary(claim, policy, directory),
        pond: pond === undefined ? null : (facts as Omit<DirectoryPond, "ledgerId" | "probes">),
        policy: policyView(policy, directory),
        timeline: timelineOf({ claim, peril: perilOf(claim, policy), batches: ledger.batches() }),
        evaluation: evaluationHint(claim, policy),
        probes: (pond === undefined ? [] : probesOf(pond)).flatMap(({ state: { device, streamId } }) =>
          streamId === null ? [] : [{ device, streamId }],
        ),
      };
    },
    tick: () => {
      const state = simulation();
      return {
        nowMs: now(),
        pipeline: pipelineOf({ recent, ledger, signed: state?.signed ?? null }),
        sources: { gateway: recent.state(), oracle: oracle.state(), ledger: ledger.state() },
        simulation: state,
      };
    },
  };
}

function probeState({
  device,
  known,
  deployment,
}: {
  device: string;
  known: GatewayDevice | undefined;
  deployment: Deployment | undefined;
}): ProbeState {
  if (known === undefined) {
    return {
      device,
      streamId: null,
      link: "never",
      periodMs: 0,
      nextSeq: 0,
      lastTimeMs: null,
      latest: null,
      holes: 0,
      verdicts: {},
    };
  }
  const { state, periodMs, nextSeq, lastTimeMs, latest, holes, verdicts, publicKey } = known;
  return {
    device,
    streamId: deployment ? streamIdOfKey(publicKey, deployment) : null,
    link: state,
    periodMs,
    nextSeq,
    // A gateway says 0 before a stream's first reading.
    lastTimeMs: lastTimeMs || null,
    latest,
    holes,
    verdicts,
  };
}

/** The stream that a probe's key, 64 bytes in hex, has on a ledger. */
export function streamIdOfKey(publicKey: string, { chainId, contracts }: Deployment): Hex {
  return toHex(
    streamIdOf({ chainId, deviceRegistry: contracts.DeviceRegistry!, publicKey: fromHex(publicKey, 64) }),
  );
}

/** The policy that a pond's card speaks of: the one in force, else the newest. */
function policyOfPond(
  { ledgerId }: DirectoryPond,
  policies: readonly LedgerPolicy[],
): LedgerPolicy | undefined {
  const own = policies.filter(({ terms }) => terms.pond === ledgerId);
  return own.find(({ state }) => state === "active") ?? own.at(-1);
}

function pipelineOf({
  recent,
  ledger,
  signed,
}: {
  recent: RecentReadings;
  ledger: LedgerWatch;
  signed: number | null;
}): Pipeline {
  const verdicts: Partial<Record<Verdict, number>> = { ...recent.strangers() };
  for (const device of recent.devices()) {
    for (const verdict of VERDICTS) {
      const count = device.verdicts[verdict];
      if (count !== undefined) verdicts[verdict] = (verdicts[verdict] ?? 0) + count;
    }
  }
  const newest = ledger.batches()[0];
  return {
    signed,
    stored: verdicts.stored ?? 0,
    anchored: newest?.readings ?? 0,
    batches: newest?.number ?? 0,
    verdicts,
  };
}
