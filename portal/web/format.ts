import type { AllWords } from "./words.ts";
import type { Language } from "./words-form.ts";

/** The settlement token's unit: 元 with two decimals. */
const SMALLEST_PER_YUAN = 100n;
const MU_PER_HECTARE = 15;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Numbers and times as portal.md writes them: in one language, in the site's time zone. */
export type Format = ReturnType<typeof createFormat>;

export function createFormat({
  language,
  words,
  timeZone,
}: {
  language: Language;
  words: AllWords;
  timeZone: string;
}) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const number = (digits: number) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const decimals = [number(0), number(1), number(2), number(3)] as const;
  const dated = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, hourCycle: "h23", ...options });
  const clock = dated({ hour: "2-digit", minute: "2-digit" });
  const clockSeconds = dated({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const date = dated({ day: "numeric", month: "short" });
  const weekday = dated({ weekday: "short", day: "numeric", month: "short" });
  const year = dated({ year: "numeric", month: "short", day: "numeric" });
  const dayKey = new Intl.DateTimeFormat("en-CA", { timeZone });

  const count = (value: number) => decimals[0].format(value);

  const duration = (ms: number): string => unbroken(durationWords(ms));
  const durationWords = (ms: number): string => {
    const minutes = Math.floor(ms / MINUTE_MS);
    if (ms < MINUTE_MS) return words.seconds(count(Math.max(0, Math.floor(ms / 1000))));
    if (minutes < 60) return words.minutes(count(minutes));
    if (ms >= 2 * DAY_MS) return words.days(count(Math.floor(ms / DAY_MS)));
    const rest = minutes % 60;
    const hours = count(Math.floor(minutes / 60));
    return rest === 0 ? words.hours(hours) : words.hoursMinutes(hours, count(rest));
  };

  return {
    count,
    duration,
    /** mg/L, °C, A: one decimal; pH: two. */
    oxygen: (value: number) => decimals[1].format(value),
    /** As a record carries it, where a rounded number would contradict a comparison. */
    oxygenExact: (value: number) => decimals[3].format(value),
    temperature: (value: number) => decimals[1].format(value),
    ampere: (value: number) => decimals[1].format(value),
    ph: (value: number) => decimals[2].format(value),
    /** An amount of the token as 元, without decimals. */
    money: (smallest: string | bigint) => {
      const amount = BigInt(smallest);
      const yuan = (amount + SMALLEST_PER_YUAN / 2n) / SMALLEST_PER_YUAN;
      return unbroken(`¥ ${new Intl.NumberFormat(locale).format(yuan)}`);
    },
    percent: (share: number) =>
      new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(share),
    area: (mu: number) =>
      words.area(
        new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(mu),
        new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 }).format(mu / MU_PER_HECTARE),
      ),
    age: (ms: number) => (ms < MINUTE_MS ? words.justNow : words.ago(duration(ms))),
    clock: (ms: number) => clock.format(ms),
    clockSeconds: (ms: number) => clockSeconds.format(ms),
    date: (ms: number) => date.format(ms),
    weekday: (ms: number) => weekday.format(ms),
    year: (ms: number) => year.format(ms),
    dateTime: (ms: number) => `${date.format(ms)} ${clock.format(ms)}`,
    /** The time alone when it is on the day of `nowMs`, else with its date. */
    moment: (ms: number, nowMs: number) =>
      dayKey.format(ms) === dayKey.format(nowMs)
        ? clock.format(ms)
        : `${date.format(ms)} ${clock.format(ms)}`,
    /** The zone's distance from UTC, like UTC+8. */
    zone: (ms: number) =>
      new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "shortOffset" })
        .formatToParts(ms)
        .find(({ type }) => type === "timeZoneName")!
        .value.replace("GMT", "UTC"),
  };
}

/** A number stays on one line with its unit. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}

/** A long identifier with its middle left out. */
export function shortened(id: string, { head = 6, tail = 4 }: { head?: number; tail?: number } = {}): string {
  return id.length <= head + tail + 1 ? id : `${id.slice(0, head)}…${id.slice(-tail)}`;
}
