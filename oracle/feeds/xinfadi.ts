import { type FishPrice, field, type Parsed, wrong } from "./observation.ts";
import type { Provider } from "./provider.ts";
import { convert, PRICE_UNITS } from "./units.ts";

// The price pages of Beijing's Xinfadi market post a form and get JSON: prices as strings in yuan, the unit beside them
// (斤, half a kilogram), the day as a date in China.

const AQUATIC = "1190";
const FRESHWATER_FISH = "1209";
const MOST_ROWS = 200;
const CHINA_OFFSET_MS = 8 * 3_600_000;

/** Prices of freshwater fish over days (YYYY-MM-DD, both inclusive) whose name is `variety`. */
export function xinfadi({
  variety,
  from,
  to,
  url = "http://www.xinfadi.com.cn",
}: {
  variety: string;
  from: string;
  to: string;
  url?: string;
}): Provider<FishPrice> {
  const form = new URLSearchParams({
    limit: String(MOST_ROWS),
    current: "1",
    pubDateStartTime: from.replaceAll("-", "/"),
    pubDateEndTime: to.replaceAll("-", "/"),
    prodPcatid: AQUATIC,
    prodCatid: FRESHWATER_FISH,
    prodName: variety,
  });
  return {
    name: "xinfadi",
    data: "fish-price",
    subject: variety,
    request: {
      url: new URL("/getPriceData.html", url).href,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" },
      body: form.toString(),
    },
    parse: (body) => parse(body, variety),
  };
}

function parse(body: unknown, variety: string): Parsed<FishPrice> {
  const list = field(body, "list");
  if (!Array.isArray(list) || list.length > MOST_ROWS) return wrong("no list of prices");
  const prices: FishPrice[] = [];
  for (const [i, row] of list.entries()) {
    if (field(row, "prodName") !== variety) continue;
    const timeMs = dayOf(field(row, "pubDate"));
    const unit = String(field(row, "unitInfo"));
    const fen = (name: string) => fenPerKg(field(row, name), unit);
    const [low, average, high] = [fen("lowPrice"), fen("avgPrice"), fen("highPrice")];
    if (Number.isNaN(timeMs)) return wrong(`row ${i} has no day`);
    if (low === undefined || average === undefined || high === undefined)
      return wrong(`row ${i} has no price in a known unit: ${unit.slice(0, 20)}`);
    if (low > average || average > high) return wrong(`row ${i}: prices out of order`);
    const market = String(field(row, "place") ?? "").slice(0, 100) || "新发地";
    prices.push({ timeMs, variety, market, lowFenPerKg: low, averageFenPerKg: average, highFenPerKg: high });
  }
  prices.sort((a, b) => a.timeMs - b.timeMs);
  return prices.length === 0 ? wrong(`no price of ${variety}`) : { ok: true, observations: prices };
}

function fenPerKg(text: unknown, unit: string): number | undefined {
  if (typeof text !== "string" || !/^\d+(\.\d+)?$/.test(text)) return undefined;
  const yuan = convert(Number(text), unit, PRICE_UNITS);
  return yuan === undefined || yuan <= 0 ? undefined : Math.round(100 * yuan);
}

/** Midnight in China of "2025-07-01 00:00:00". */
function dayOf(text: unknown): number {
  const date = typeof text === "string" ? /^(\d{4}-\d\d-\d\d)( 00:00:00)?$/.exec(text)?.[1] : undefined;
  return date === undefined ? Number.NaN : Date.parse(`${date}T00:00Z`) - CHINA_OFFSET_MS;
}
