import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Names } from "../api.ts";
import { createFormat, type Format } from "./format.ts";
import { type AllWords, wordsOf } from "./words.ts";
import { LANGUAGES, type Language } from "./words-form.ts";

const STORED = "pondproof-language";

/** The reader's language: its words, its way to write numbers and times. */
export type Locale = {
  language: Language;
  words: AllWords;
  format: Format;
  nameOf(names: Names): string;
  switchLanguage(): void;
};

const LocaleContext = createContext<Locale | undefined>(undefined);

export function useLocale(): Locale {
  return useContext(LocaleContext)!;
}

export function LocaleProvider({ timeZone, children }: { timeZone: string; children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const locale = useMemo((): Locale => {
    const words = wordsOf(language);
    return {
      language,
      words,
      format: createFormat({ language, words, timeZone }),
      nameOf: (names) => names[language],
      switchLanguage: () => setLanguage(LANGUAGES.find((other) => other !== language)!),
    };
  }, [language, timeZone]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    localStorage.setItem(STORED, language);
  }, [language]);
  return <LocaleContext value={locale}>{children}</LocaleContext>;
}

function firstLanguage(): Language {
  const chosen = LANGUAGES.find((language) => language === localStorage.getItem(STORED));
  return chosen ?? (navigator.language.startsWith("zh") ? "zh" : "en");
}
