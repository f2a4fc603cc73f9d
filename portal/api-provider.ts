import type { Verdict } from "../protocol/admission.ts";
import type { Hex } from "../protocol/terms.ts";
import type { Link } from "./api.ts";

// What the provider's pages are told of probes and gateways.

/** Probes by trouble, the worst first. */
export const TROUBLES = ["silent", "doubtful", "due", "fine"] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Why a probe is where it is. */
export const SYMPTOMS = [
  "never-heard",
  "silent",
  "tampered",
  "refused",
  "doubted",
  "clock",
  "gaps",
  "calibration-overdue",
] as const;
export type Symptom = (typeof SYMPTOMS)[number];

/** A probe as the list shows it. `recent`: of its newest readings, how many a quality test doubts. */
export type ProbeHealth = {
  device: string;
  pond: string | null;
  link: Link;
  trouble: Trouble;
  symptoms: Symptom[];
  periodMs: number;
  lastTimeMs: number | null;
  /** The gateway's clock minus the probe's at its last reading; null where nothing was heard. */
  delayMs: number | null;
  readings: number;
  holes: number;
  refused: number;
  recent: { readings: number; doubted: number };
};

/** Something that was done with a probe at its gateway. */
export type ProbeEvent = { atMs: number; action: string };

export type ProbeGap = { fromSeq: number; toSeq: number; fromMs: number | null; toMs: number | null };

/** A probe's life; counts are of the newest readings, from `sinceMs` on. */
export type ProbeLife = {
  probe: ProbeHealth;
  streamId: Hex | null;
  fingerprint: string | null;
  /** What was refused, by reason, ever. */
  refusals: Partial<Record<Verdict, number>>;
  events: ProbeEvent[];
  sinceMs: number | null;
  powerUps: number;
  unsynchronised: number;
  calibrationOverdue: boolean | null;
  gaps: ProbeGap[];
};

export type PendingProbe = {
  device: string;
  fingerprint: string;
  metrics: string[];
  firmware: string;
  periodMs: number;
  presentedAtMs: number;
};

export type Pairing = { openForSeconds: number; pending: PendingProbe[] };

/** A gateway as it describes itself; `reasons` are why it is not well. */
export type GatewayView = { up: boolean; sinceMs: number; ok: boolean; reasons: string[] };

export const ALARM_KINDS = ["oxygen-low", "oxygen-forecast", "aerator-off", "probe-silent"] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** An alarm of the gateway about a pond or one of its probes. */
export type AlarmView = {
  id: number;
  kind: AlarmKind;
  level: string;
  raisedAtMs: number;
  clearedAtMs: number | null;
  acknowledgedAtMs: number | null;
};
