// domain.md §1.1: the ladder that pond farmers in China use, from GB 11607-89 down to a mass kill; levels from best to
// worst, each from its `fromMgPerL` up to the one above it. "About 2" of the source is taken as 1.8 to 2.2.
export const LEVELS = [
  { name: "normal", fromMgPerL: 5, mood: "good" },
  { name: "low", fromMgPerL: 3, mood: "watch" },
  { name: "hidden-gasping", fromMgPerL: 2.2, mood: "danger" },
  { name: "light-gasping", fromMgPerL: 1.8, mood: "danger" },
  { name: "gasping", fromMgPerL: 1.5, mood: "danger" },
  { name: "heavy-gasping", fromMgPerL: 1, mood: "danger" },
  { name: "mass-kill", fromMgPerL: Number.NEGATIVE_INFINITY, mood: "danger" },
] as const;

export type Level = (typeof LEVELS)[number]["name"];

/** What a colour, a shape and a word say together; `stale` is a state of its own, never a colour on an old value. */
export type Mood = (typeof LEVELS)[number]["mood"] | "stale";

export const MOODS = ["danger", "stale", "watch", "good"] as const satisfies readonly Mood[];

/** The level that an oxygen value in mg/L belongs to. */
export function levelOf(oxygenMgPerL: number): (typeof LEVELS)[number] {
  return LEVELS.find(({ fromMgPerL }) => oxygenMgPerL >= fromMgPerL) ?? LEVELS[LEVELS.length - 1]!;
}
