import type { OxygenLevels } from "./alarms/levels.ts";

/** A pond and the probes in it. */
export type Pond = { name: string; devices: readonly string[]; oxygenLevels?: OxygenLevels };

/** Which probe is in which pond. */
export type Ponds = {
  of(device: string): Pond | undefined;
  /** What an alarm of a probe is about: its pond, or the probe where it is in none. */
  subjectOf(device: string): string;
};

export function indexPonds(ponds: readonly Pond[]): Ponds {
  const byDevice = new Map(ponds.flatMap((pond) => pond.devices.map((device) => [device, pond] as const)));
  return {
    of: (device) => byDevice.get(device),
    subjectOf: (device) => byDevice.get(device)?.name ?? device,
  };
}
