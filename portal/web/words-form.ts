export const LANGUAGES = ["zh", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The same thing in both languages. */
export type Pair<T> = Record<Language, T>;
export type Words<P> = P extends Pair<infer T> ? T : never;

type Sentence = (...facts: string[]) => string;

/** One thing in both languages; a sentence with facts in it is a function of them. */
export function say(en: string, zh: string): Pair<string>;
export function say<F extends Sentence>(en: F, zh: NoInfer<F>): Pair<F>;
export function say<T>(en: T, zh: T): Pair<T> {
  return { en, zh };
}

/** A word for each member of a closed set. */
export function sayEach<Key extends string>(
  en: Record<Key, string>,
  zh: Record<Key, string>,
): Pair<Record<Key, string>> {
  return { en, zh };
}

/** A count with its word in English. */
export const counted = (count: string, one: string, many = `${one}s`) =>
  `${count} ${count === "1" ? one : many}`;
