import type { Verdict } from "../../../protocol/admission.ts";
import { FLAG } from "../../../protocol/record.ts";
import type { Link } from "../../api.ts";
import type { Symptom, Trouble } from "../../api-provider.ts";

/** A reading as the gateway shows it: its flags, and QARTOD's of each slot where a test doubts one. */
export type FlaggedPoint = { timeMs: number; seq: number; flags: number; quality?: readonly number[] };

/** QARTOD's flags for a value that a test suspects or fails. */
const DOUBTS: readonly number[] = [3, 4];
/** More doubted readings than this share of the newest ones, and the probe is doubtful: a spike is none. */
const DOUBTED_SHARE = 0.1;
/** More positions than this share without a reading. */
const MISSING_SHARE = 0.05;
/** Verdicts that no sound probe earns; a frame that came twice or late is the network's doing. */
const SOUND: readonly Verdict[] = ["stored", "duplicate", "ahead", "late"];

export function isDoubted({ quality }: FlaggedPoint): boolean {
  return quality?.some((flag) => DOUBTS.includes(flag)) ?? false;
}

/** Frames that were refused for what they are. */
export function refusedIn(verdicts: Partial<Record<Verdict, number>>): number {
  return Object.entries(verdicts)
    .filter(([verdict]) => !SOUND.includes(verdict as Verdict))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** What is wrong with a probe by its newest readings, worst first. */
export function symptomsOf({
  link,
  refused,
  holes,
  nextSeq,
  newest,
}: {
  link: Link;
  refused: number;
  holes: number;
  nextSeq: number;
  newest: readonly FlaggedPoint[];
}): Symptom[] {
  const says = (flag: number) => ((newest.at(-1)?.flags ?? 0) & flag) !== 0;
  const doubted = newest.filter(isDoubted).length;
  const found: Record<Symptom, boolean> = {
    "never-heard": link === "never",
    silent: link === "stale" || link === "offline",
    tampered: newest.some(({ flags }) => (flags & FLAG.tampered) !== 0),
    refused: refused > 0,
    doubted: doubted > newest.length * DOUBTED_SHARE,
    clock: says(FLAG.clockNotSynchronised),
    gaps: holes > nextSeq * MISSING_SHARE,
    "calibration-overdue": says(FLAG.calibrationOverdue),
  };
  return (Object.keys(found) as Symptom[]).filter((symptom) => found[symptom]);
}

/** Which group a probe belongs to: the worst of its symptoms says. */
export function troubleOf(symptoms: readonly Symptom[]): Trouble {
  if (symptoms.includes("silent") || symptoms.includes("never-heard")) return "silent";
  if (symptoms.some((symptom) => symptom !== "calibration-overdue")) return "doubtful";
  return symptoms.length > 0 ? "due" : "fine";
}
