import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFormat, shortened } from "../../../../portal/web/format.ts";
import { wordsOf } from "../../../../portal/web/words.ts";
import type { Language } from "../../../../portal/web/words-form.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const plain = (text: string) => text.replaceAll("\u00a0", " ");
const formatIn = (language: Language) =>
  createFormat({ language, words: wordsOf(language), timeZone: "Asia/Shanghai" });
const en = formatIn("en");
const zh = formatIn("zh");

describe("numbers on the page", () => {
  it("give oxygen and temperature one decimal, pH two", () => {
    expect([en.oxygen(2.04), en.temperature(28), en.ph(7.4)]).toEqual(["2.0", "28.0", "7.40"]);
  });

  it("give money in whole yuan with thousands, from the token's cents", () => {
    expect(plain(en.money("360000"))).toBe("¥ 3,600");
    expect(plain(zh.money(123_456_789_050n))).toBe("¥ 1,234,567,891");
    expect(plain(en.money(0n))).toBe("¥ 0");
  });

  it("never break a number from its unit at a line's end", () => {
    expect(en.money("360000")).not.toContain(" ");
    expect(en.duration(100 * MINUTE_MS)).not.toContain(" ");
  });

  it("give an area in mu, and in English in hectares beside", () => {
    expect(en.area(15)).toBe("15 mu (1 ha)");
    expect(zh.area(6.5)).toBe("6.5 亩");
  });
});

describe("times on the page", () => {
  it.each([
    [40_000, "40 s", "40 秒"],
    [40 * MINUTE_MS, "40 min", "40 分钟"],
    [2 * HOUR_MS, "2 h", "2 小时"],
    [6 * HOUR_MS + 20 * MINUTE_MS, "6 h 20 min", "6 小时 20 分"],
    [47 * HOUR_MS, "47 h", "47 小时"],
    [50 * HOUR_MS, "2 days", "2 天"],
  ])("%i ms last %s", (ms, english, chinese) => {
    expect(plain(en.duration(ms))).toBe(english);
    expect(plain(zh.duration(ms))).toBe(chinese);
  });

  it("are ages in words", () => {
    expect(plain(en.age(2 * MINUTE_MS))).toBe("2 min ago");
    expect(plain(zh.age(2 * MINUTE_MS))).toBe("2 分钟前");
    expect([en.age(0), zh.age(59_000)]).toEqual(["just now", "刚刚"]);
  });

  it("are the pond's, whatever the reader's zone is", () => {
    const ms = Date.UTC(2026, 7, 9, 21, 20);
    expect(en.clock(ms)).toBe("05:20");
    expect(en.dateTime(ms)).toBe("10 Aug 05:20");
    expect(en.zone(ms)).toBe("UTC+8");
    expect(zh.weekday(ms)).toContain("8月10日");
  });

  it("drop the date on the day itself, which begins at the pond's midnight", () => {
    const now = Date.UTC(2026, 7, 9, 21, 20);
    expect(en.moment(Date.UTC(2026, 7, 9, 16, 5), now)).toBe("00:05");
    expect(en.moment(Date.UTC(2026, 7, 9, 15, 55), now)).toBe("9 Aug 23:55");
  });
});

describe("a long identifier", () => {
  it("keeps its beginning and its end", () => {
    expect(shortened("0x1234567890abcdef")).toBe("0x1234…cdef");
    fc.assert(
      fc.property(fc.string(), (id) => {
        const short = shortened(id);
        expect(short.length).toBeLessThanOrEqual(Math.max(11, 0));
        expect(id.startsWith(short.split("…")[0]!) || id === short).toBe(true);
      }),
    );
  });
});
