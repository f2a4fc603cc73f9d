/** How bad an alarm is, mildest first. */
export const ALARM_LEVELS = ["watch", "warning", "danger"] as const;

export type AlarmLevel = (typeof ALARM_LEVELS)[number];

/** Below which oxygen each level begins, mg/L. */
export type OxygenLevels = Record<AlarmLevel, number>;

/** The ladder that pond fishes gasp by (domain.md §1.1): feeding suffers, gasping before dawn, fish die. */
export const DEFAULT_OXYGEN_LEVELS: OxygenLevels = { watch: 3, warning: 2, danger: 1 };

export function isWorse(level: AlarmLevel | undefined, than: AlarmLevel | undefined): boolean {
  const rank = (of: AlarmLevel | undefined) => (of === undefined ? -1 : ALARM_LEVELS.indexOf(of));
  return rank(level) > rank(than);
}

/**
 * The level of a value, or `undefined` for none. A level that was reached is left only when the value is above it by
 * `hysteresis`, so that a value that trembles at the line raises one alarm.
 */
export function levelOf(options: {
  value: number;
  levels: OxygenLevels;
  hysteresis: number;
  current: AlarmLevel | undefined;
}): AlarmLevel | undefined {
  const { value, levels, hysteresis, current } = options;
  const reached = ALARM_LEVELS.findLast((level) => value < levels[level]);
  const held = ALARM_LEVELS.findLast((level) => value < levels[level] + hysteresis);
  if (!isWorse(current, reached)) return reached;
  return isWorse(current, held) ? held : current;
}
