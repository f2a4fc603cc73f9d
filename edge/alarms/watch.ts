import { slotOf } from "../../protocol/record.ts";
import type { Assessed } from "../quality/assessor.ts";
import { QC } from "../quality/flags.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { createDawn, type Dawn } from "./dawn.ts";
import { levelOf, type OxygenLevels } from "./levels.ts";

/** What raises alarms at a site. */
export type AlarmRules = {
  oxygenLevels: OxygenLevels;
  hysteresisMgPerL: number;
  /** An aerator that draws less is off; it is missed when the oxygen is below the first level. */
  aeratorOnAmps: number;
  /** A reading older than this is a backlog, and wakes nobody. */
  currentMs: number;
};

export const DEFAULT_ALARM_RULES: Omit<AlarmRules, "oxygenLevels"> = {
  hysteresisMgPerL: 0.3,
  aeratorOnAmps: 0.5,
  currentMs: 900_000,
};

/** Turns readings and silence into alarms. */
export type AlarmWatch = {
  readings(assessed: readonly Assessed[]): void;
  silence(probes: readonly { device: string; silent: boolean }[]): void;
};

/** What a probe of a pond said last. */
type Last = {
  timeMs: number;
  oxygenMgPerL: number;
  atDawnMgPerL: number | undefined;
  amps: number | null;
};

const OXYGEN = slotOf("oxygen");
const CURRENT = slotOf("current");

/** `subjectOf` names the pond of a probe, or the probe itself; `levelsOf` its levels where they differ. */
export function createAlarmWatch(options: {
  book: AlarmBook;
  rules: AlarmRules;
  now: () => number;
  utcOffsetMinutes: number;
  subjectOf: (device: string) => string;
  levelsOf: (device: string) => OxygenLevels | undefined;
}): AlarmWatch {
  const { book, rules, now, utcOffsetMinutes, subjectOf, levelsOf } = options;
  const dawns = new Map<string, Dawn>();
  const ponds = new Map<string, Map<string, Last>>();

  const remember = ({ device, sample }: Assessed, oxygenMgPerL: number): Map<string, Last> => {
    const { timeMs } = sample;
    const dawn = dawns.get(device) ?? createDawn({ utcOffsetMinutes });
    dawns.set(device, dawn);
    const atDawnMgPerL = dawn.take({ timeMs, oxygenMgPerL });
    const subject = subjectOf(device);
    const probes = ponds.get(subject) ?? new Map<string, Last>();
    ponds.set(subject, probes);
    return probes.set(device, { timeMs, oxygenMgPerL, atDawnMgPerL, amps: sample.values[CURRENT] ?? null });
  };

  const takeOne = (assessed: Assessed) => {
    const { device, sample, quality } = assessed;
    const measured = sample.values[OXYGEN] ?? null;
    // A value that fails is an instrument's fault; one that is only doubted may be the real thing.
    if (measured === null || quality.flags[OXYGEN] === QC.fail) return;
    const probes = [...remember(assessed, measured).values()];
    if (now() - sample.timeMs > rules.currentMs) return;
    const current = probes.filter(({ timeMs }) => now() - timeMs <= rules.currentMs);
    const subject = subjectOf(device);
    const levels = levelsOf(device) ?? rules.oxygenLevels;
    const level = (value: number, kind: "oxygen-low" | "oxygen-forecast") =>
      levelOf({ value, levels, hysteresis: rules.hysteresisMgPerL, current: book.levelOf(subject, kind) });

    const oxygenMgPerL = Math.min(...current.map((last) => last.oxygenMgPerL));
    const low = level(oxygenMgPerL, "oxygen-low");
    book.set({ subject, kind: "oxygen-low", level: low, detail: { device, oxygenMgPerL } });

    const foreseen = current.flatMap(({ atDawnMgPerL }) => atDawnMgPerL ?? []);
    const atDawnMgPerL = Math.min(...foreseen);
    const worst = foreseen.length === 0 ? undefined : level(atDawnMgPerL, "oxygen-forecast");
    // What is going to happen is less than what does.
    const forecast = worst === "danger" ? "warning" : worst;
    book.set({ subject, kind: "oxygen-forecast", level: forecast, detail: { device, atDawnMgPerL } });

    const amps = current.flatMap((last) => last.amps ?? []);
    const isMissed = low !== undefined && amps.length > 0 && Math.max(...amps) < rules.aeratorOnAmps;
    const aerator = isMissed ? "danger" : undefined;
    book.set({
      subject,
      kind: "aerator-off",
      level: aerator,
      detail: { device, amps: Math.max(0, ...amps) },
    });
  };

  return {
    readings(assessed) {
      for (const each of assessed) takeOne(each);
    },
    silence(probes) {
      for (const { device, silent } of probes) {
        const level = silent ? "warning" : undefined;
        book.set({ subject: device, kind: "probe-silent", level, detail: {} });
      }
    },
  };
}
