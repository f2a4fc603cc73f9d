import { fromHex } from "../../../protocol/bytes.ts";
import { keyFingerprint } from "../../../protocol/fingerprint.ts";
import { FLAG } from "../../../protocol/record.ts";
import type { Deployment } from "../../api.ts";
import {
  type ProbeEvent,
  type ProbeGap,
  type ProbeHealth,
  type ProbeLife,
  TROUBLES,
} from "../../api-provider.ts";
import type { Directory } from "../directory.ts";
import type { GatewayDevice } from "../gateway-messages.ts";
import type { Answer, Upstream } from "../upstream.ts";
import { streamIdOfKey } from "../world.ts";
import { type AuditEntry, type FlaggedSeries, isAudit, isFlaggedSeries } from "./operator-messages.ts";
import { isDoubted, refusedIn, symptomsOf, troubleOf } from "./probe-health.ts";

/** Readings that a probe is judged by in the list. */
const NEWEST = 60;
/** Readings of a probe's own page: what the gateway gives at most, so that none is left out. */
const LIFE_READINGS = 1_900;
const LIFE_MS = 14 * 86_400_000;
/** Probes whose newest readings are asked for at once. */
const AT_ONCE = 8;
const AUDIT_PAGE = 1_000;
const MAX_AUDIT_PAGES = 20;

export type Probes = {
  list(signal: AbortSignal): Promise<Answer<ProbeHealth[]>>;
  /** Undefined where there is no such probe. */
  life(device: string, signal: AbortSignal): Promise<Answer<ProbeLife> | undefined>;
};

const NOTHING: FlaggedSeries = { points: [], holes: [] };

/** The probes of a site as their provider looks at them: those of the directory, and those of the gateway. */
export function createProbes({
  gateway,
  directory,
  devices,
  deployment,
}: {
  gateway: Upstream;
  directory: Directory;
  devices: () => readonly GatewayDevice[];
  deployment: () => Deployment | undefined;
}): Probes {
  const pondOf = (device: string) =>
    directory.ponds.find(({ probes }) => probes.includes(device))?.id ?? null;
  const known = () => {
    const named = directory.ponds.flatMap(({ probes }) => probes);
    return [...new Set([...named, ...devices().map(({ device }) => device)])];
  };

  /** A probe's newest readings, none left out. */
  const newest = async (
    of: GatewayDevice | undefined,
    { readings, signal }: { readings: number; signal: AbortSignal },
  ): Promise<Answer<FlaggedSeries>> => {
    if (!of?.lastTimeMs) return { ok: true, value: NOTHING };
    const { device, periodMs, lastTimeMs } = of;
    const fromMs = Math.max(0, Math.floor(lastTimeMs - Math.min(LIFE_MS, readings * periodMs)));
    const query = `fromMs=${fromMs}&toMs=${lastTimeMs}&maxPoints=2000`;
    const answer = await gateway.json(`/api/v1/devices/${device}/readings?${query}`, { signal });
    if (!answer.ok) return answer;
    return isFlaggedSeries(answer.value) ? { ok: true, value: answer.value } : unintelligible("not readings");
  };

  const health = (device: string, { points }: FlaggedSeries): ProbeHealth => {
    const of = devices().find((candidate) => candidate.device === device);
    const refused = refusedIn(of?.verdicts ?? {});
    const {
      state: link = "never",
      periodMs = 0,
      nextSeq = 0,
      holes = 0,
      lastTimeMs,
      lastReceivedAtMs,
    } = of ?? {};
    const symptoms = symptomsOf({ link, refused, holes, nextSeq, newest: points.slice(-NEWEST) });
    const latest = points.slice(-NEWEST);
    return {
      device,
      pond: pondOf(device),
      link,
      trouble: troubleOf(symptoms),
      symptoms,
      periodMs,
      // A gateway says 0 before a stream's first reading.
      lastTimeMs: lastTimeMs || null,
      delayMs: lastTimeMs && lastReceivedAtMs ? lastReceivedAtMs - lastTimeMs : null,
      readings: nextSeq - holes,
      holes,
      refused,
      recent: { readings: latest.length, doubted: latest.filter(isDoubted).length },
    };
  };

  const history = async (device: string, signal: AbortSignal): Promise<Answer<AuditEntry[]>> => {
    const entries: AuditEntry[] = [];
    let after = 0;
    for (let page = 0; page < MAX_AUDIT_PAGES; page++) {
      const answer = await gateway.json(`/api/v1/audit?after=${after}&limit=${AUDIT_PAGE}`, { signal });
      if (!answer.ok) return answer;
      if (!isAudit(answer.value)) return unintelligible("not an audit");
      entries.push(...answer.value.entries.filter((entry) => entry.device === device));
      if (answer.value.entries.length < AUDIT_PAGE) break;
      after = answer.value.entries.at(-1)!.id;
    }
    return { ok: true, value: entries };
  };

  return {
    async list(signal) {
      const waiting = known();
      const list: ProbeHealth[] = [];
      while (waiting.length > 0) {
        const group = waiting.splice(0, AT_ONCE);
        const answers = await Promise.all(
          group.map((device) =>
            newest(
              devices().find((of) => of.device === device),
              { readings: NEWEST, signal },
            ),
          ),
        );
        for (const [i, answer] of answers.entries()) {
          if (!answer.ok) return answer;
          list.push(health(group[i]!, answer.value));
        }
      }
      return { ok: true, value: list.sort(byTrouble) };
    },
    async life(device, signal) {
      if (!known().includes(device)) return undefined;
      const of = devices().find((candidate) => candidate.device === device);
      const [series, events] = await Promise.all([
        newest(of, { readings: LIFE_READINGS, signal }),
        history(device, signal),
      ]);
      if (!series.ok) return series;
      if (!events.ok) return events;
      const { points, holes } = series.value;
      const key = of && fromHex(of.publicKey, 64);
      const on = deployment();
      const carrying = (flag: number) => points.filter(({ flags }) => (flags & flag) !== 0).length;
      const last = points.at(-1);
      return {
        ok: true,
        value: {
          probe: health(device, series.value),
          streamId: of && on ? streamIdOfKey(of.publicKey, on) : null,
          fingerprint: key === undefined ? null : keyFingerprint(key),
          refusals: of?.verdicts ?? {},
          events: events.value.map(({ atMs, action }): ProbeEvent => ({ atMs, action })),
          sinceMs: points[0]?.timeMs ?? null,
          powerUps: carrying(FLAG.firstAfterPowerUp),
          unsynchronised: carrying(FLAG.clockNotSynchronised),
          calibrationOverdue: last === undefined ? null : (last.flags & FLAG.calibrationOverdue) !== 0,
          gaps: holes.map((hole) => gapOf(hole, points)),
        },
      };
    },
  };
}

/** A hole with the times of the readings around it. */
function gapOf(
  { fromSeq, toSeq }: { fromSeq: number; toSeq: number },
  points: FlaggedSeries["points"],
): ProbeGap {
  const before = points.findLast(({ seq }) => seq < fromSeq);
  const after = points.find(({ seq }) => seq > toSeq);
  return { fromSeq, toSeq, fromMs: before?.timeMs ?? null, toMs: after?.timeMs ?? null };
}

function byTrouble(a: ProbeHealth, b: ProbeHealth): number {
  const worse = TROUBLES.indexOf(a.trouble) - TROUBLES.indexOf(b.trouble);
  return worse !== 0 ? worse : (a.lastTimeMs ?? 0) - (b.lastTimeMs ?? 0);
}

function unintelligible(detail: string): Answer<never> {
  return { ok: false, status: undefined, code: undefined, detail };
}
