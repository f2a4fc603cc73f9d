import type { Bilingual } from "../bilingual.ts";
import type { AerationAdvice } from "./aeration-advice.ts";

/** Advice as a farmer reads it; `clock` writes a time in the pond's own zone, such as 03:30. */
export function sayAdvice(advice: AerationAdvice, clock: (timeMs: number) => string): Bilingual {
  switch (advice.kind) {
    case "unknown":
      return UNKNOWN[advice.why];
    case "none-needed": {
      const { oxygenMgPerL, lowMgPerL, atMs } = advice.lowest;
      return {
        en: `No extra aeration tonight. Lowest oxygen about ${one(oxygenMgPerL)} mg/L at ${clock(atMs)}, at worst ${one(lowMgPerL)}.`,
        zh: `今晚不用加开增氧机。最低溶氧约 ${one(oxygenMgPerL)} mg/L,在 ${clock(atMs)} 左右,最差 ${one(lowMgPerL)}。`,
      };
    }
    case "run": {
      const { lowest, targetMgPerL, powerKw, fromMs, untilMs, gainMgPerLPerH } = advice;
      return {
        en: `Turn the aerators (${power(powerKw)} kW) on by ${clock(fromMs)} and leave them on until ${clock(untilMs)}. Without them oxygen may fall to ${one(lowest.lowMgPerL)} mg/L at ${clock(lowest.atMs)}; they add about ${one(gainMgPerLPerH)} mg/L an hour and keep it above ${one(targetMgPerL)}.`,
        zh: `请在 ${clock(fromMs)} 前打开增氧机(${power(powerKw)} 千瓦),开到 ${clock(untilMs)}。不开的话,${clock(lowest.atMs)} 左右溶氧可能降到 ${one(lowest.lowMgPerL)} mg/L;增氧机每小时约加 ${one(gainMgPerLPerH)} mg/L,能保持在 ${one(targetMgPerL)} 以上。`,
      };
    }
    case "not-enough": {
      const { lowest, targetMgPerL, powerKw, neededKw, heldMgPerL } = advice;
      return {
        en: `Turn all aerators on now; ${power(powerKw)} kW may not be enough: oxygen may still fall to ${one(heldMgPerL)} mg/L around ${clock(lowest.atMs)}. About ${power(neededKw)} kW would keep it above ${one(targetMgPerL)}. Stop feeding, have oxygen tablets ready.`,
        zh: `现在就把增氧机全部打开;${power(powerKw)} 千瓦可能不够:${clock(lowest.atMs)} 左右溶氧仍可能降到 ${one(heldMgPerL)} mg/L。约需 ${power(neededKw)} 千瓦才能保持在 ${one(targetMgPerL)} 以上。停食,备好增氧片。`,
      };
    }
  }
}

const UNKNOWN: Record<Extract<AerationAdvice, { kind: "unknown" }>["why"], Bilingual> = {
  "no-current-reading": {
    en: "No forecast: there is no reading of the last hour. Look at the pond and the probe.",
    zh: "无法预测:最近一小时没有读数。请到塘边看水、查探头。",
  },
  "too-little-history": {
    en: "No forecast yet: the probe has to see part of a night first.",
    zh: "暂时无法预测:探头至少要先测到夜里几个小时。",
  },
  daylight: {
    en: "The forecast for the night comes at sunset.",
    zh: "日落后给出夜间预测。",
  },
};

function one(value: number): string {
  return value.toFixed(1);
}

function power(kw: number): string {
  return Number(kw.toFixed(2)).toString();
}
