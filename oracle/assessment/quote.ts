import type { DailyWeather } from "../feeds/daily-weather.ts";
import type { Backtest } from "../underwriting/backtest.ts";
import type { Estimate, InsuredValue } from "../underwriting/insured-value.ts";
import type { Premium } from "../underwriting/premium.ts";
import type { InsuranceProduct } from "../underwriting/product.ts";
import type { RiskPart, RiskScore } from "../underwriting/risk-score.ts";
import { type Assessment, moneyOf, percentOf, type Row, type Section, TITLES, timeOf } from "./assessment.ts";

/** What a quote is assessed from; `inputs` names every file with its SHA-256. */
export type QuoteFacts = {
  quoteNumber: bigint;
  product: InsuranceProduct;
  areaMu: number;
  sumInsured: bigint;
  risk: RiskScore;
  premium: Premium;
  backtest: Backtest;
  /** What the stock is worth, where somebody entered it. */
  stock: InsuredValue | undefined;
  /** Days that ended at these times, as a reporter's answers have them. */
  weather: readonly { endMs: number; day: DailyWeather }[];
  inputs: Readonly<Record<string, string>>;
};

const FACTORS: Record<RiskPart["factor"], Row["name"]> = {
  stocking: { en: "Stocking density (kg a mu)", zh: "养殖密度（公斤/亩）" },
  aeration: { en: "Aeration (percent of what the stock needs)", zh: "增氧能力（占所需百分比）" },
  "backup-power": { en: "Backup power", zh: "备用电源" },
  "probe-health": { en: "Probes (percent of good readings)", zh: "探头状况（良好读数百分比）" },
  history: { en: "History (claims in ten seasons)", zh: "历史（十季理赔次数）" },
};

/** Value, risk, evidence, weather and a recommendation, from recorded data alone. */
export function assessQuote(facts: QuoteFacts): Assessment {
  const { quoteNumber, product, backtest } = facts;
  return {
    kind: "quote",
    number: quoteNumber.toString(),
    asOfMs: Math.max(
      ...backtest.recordings.map(({ toMs }) => toMs),
      ...facts.weather.map(({ endMs }) => endMs),
    ),
    title: { en: `Assessment of a quote: ${product.name}`, zh: `报价评估：${product.name}` },
    sections: [valueSection(facts), riskSection(facts), evidenceSection(facts), weatherSection(facts)],
    recommendation: recommendationOf(facts),
  };
}

function valueSection({ areaMu, sumInsured, stock }: QuoteFacts): Section {
  const rows: Row[] = [
    { name: { en: "Area (mu)", zh: "面积（亩）" }, value: String(areaMu) },
    { name: { en: "Sum insured (yuan)", zh: "保险金额（元）" }, value: moneyOf(sumInsured) },
  ];
  const remark = {
    en: "Nobody entered the stock: the sum insured is the product's for the area.",
    zh: "未录入存塘量：保险金额按产品每亩标准计算。",
  };
  if (stock === undefined) return { title: TITLES.value, rows, remark };
  const range = ({ low, value, high }: Estimate, show: (of: number) => string = String) =>
    `${show(value)} (${show(low)} – ${show(high)})`;
  rows.push(
    { name: { en: "Mean weight (g)", zh: "平均体重（克）" }, value: range(stock.meanGrams) },
    { name: { en: "Stock (kg)", zh: "存塘量（公斤）" }, value: range(stock.stockKg) },
    {
      name: { en: "Value of the stock (yuan)", zh: "存塘价值（元）" },
      value: range(stock.valueFen, (fen) => moneyOf(BigInt(fen))),
    },
  );
  return { title: TITLES.value, rows };
}

function riskSection({ risk, premium, backtest, product }: QuoteFacts): Section {
  const { losses, eventsPer100Days: rate } = backtest;
  const offered =
    premium.kind === "offered"
      ? `${moneyOf(premium.premium)} (${percentOf(premium.rateBps)})`
      : `— (> ${percentOf(premium.mostRateBps)})`;
  return {
    title: TITLES.risk,
    rows: [
      { name: { en: "Risk score, 0 to 100", zh: "风险评分（0–100）" }, value: String(risk.score) },
      ...risk.parts.map(({ factor, points, most, value }) => ({
        name: FACTORS[factor],
        value: `${points} / ${most} (${value})`,
      })),
      {
        name: { en: "Events that would have paid in 100 days", zh: "每百天会触发的次数" },
        value: `${rate.seen} (90 %: ${rate.low} – ${rate.high})`,
      },
      {
        name: {
          en: `Cost of a season of ${product.seasonDays} days`,
          zh: `${product.seasonDays} 天一季的成本`,
        },
        value: `${percentOf(losses.sumBps / losses.seasons)} (90 %: ${percentOf(losses.lowBps)} – ${percentOf(losses.highBps)})`,
      },
      { name: { en: "Premium of a season (yuan)", zh: "一季保费（元）" }, value: offered },
    ],
    remark: {
      en: "How often the product would have paid, not whether it would have been right: nobody recorded the losses.",
      zh: "这是产品会触发的频率，并非其判断正确的频率：损失没有记录。",
    },
  };
}

function evidenceSection({ backtest, inputs }: QuoteFacts): Section {
  const recordings = backtest.recordings.map(({ name, fromMs, toMs, readings, days, events }) => ({
    name: { en: `Recording ${name}`, zh: `记录 ${name}` },
    value: `${timeOf(fromMs)} – ${timeOf(toMs)}, ${readings} / ${days} d / ${events.length}`,
  }));
  const hashes = Object.keys(inputs)
    .sort()
    .map((name) => ({ name: { en: `SHA-256 of ${name}`, zh: `${name} 的 SHA-256` }, value: inputs[name]! }));
  return { title: TITLES.evidence, rows: [...recordings, ...hashes] };
}

function weatherSection({ weather }: QuoteFacts): Section {
  const rows = weather.map(({ endMs, day }): Row => {
    const name = { en: `Day to ${timeOf(endMs)}`, zh: `截至 ${timeOf(endMs)} 的一日` };
    if (day.kind !== "complete") return { name, value: "—" };
    const { minTemperatureC, maxTemperatureC, rainMm, answer } = day;
    return { name, value: `${minTemperatureC} – ${maxTemperatureC} °C, ${rainMm} mm`, source: answer };
  });
  const remark = { en: "No weather was given.", zh: "未提供天气数据。" };
  return { title: TITLES.weather, rows, ...(rows.length === 0 ? { remark } : {}) };
}

function recommendationOf({ premium, risk, backtest, product }: QuoteFacts): Assessment["recommendation"] {
  if (premium.kind === "declined")
    return {
      en: "Decline: the premium that this pond needs is above the most that the product may ask.",
      zh: "建议拒保：该塘所需保费高于产品允许的上限。",
    };
  if (backtest.losses.days < product.seasonDays)
    return {
      en: "Offer with care: the recordings are shorter than one season, and most of the premium rests on the prior.",
      zh: "谨慎承保：记录不足一季，保费主要依据先验。",
    };
  if (risk.score >= 60)
    return {
      en: "Offer after a visit: the score is high; aeration and backup power decide.",
      zh: "建议现场查勘后承保：评分偏高，增氧与备用电源是关键。",
    };
  return { en: "Offer at the computed premium.", zh: "建议按计算保费承保。" };
}
