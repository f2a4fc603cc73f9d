import type { Bilingual } from "../bilingual.ts";
import type { Crossing } from "./night-ahead.ts";

/** An alarm before the fall; `clock` writes a time in the pond's own zone, such as 03:30. */
export function sayCrossing(
  { belowMgPerL, atMs, certainty }: Crossing,
  clock: (timeMs: number) => string,
): Bilingual {
  const level = belowMgPerL.toFixed(1);
  switch (certainty) {
    case "likely":
      return {
        en: `Oxygen will probably fall below ${level} mg/L around ${clock(atMs)}.`,
        zh: `预计 ${clock(atMs)} 左右溶氧低于 ${level} mg/L。`,
      };
    case "possible":
      return {
        en: `Oxygen may fall below ${level} mg/L around ${clock(atMs)}.`,
        zh: `${clock(atMs)} 左右溶氧可能低于 ${level} mg/L。`,
      };
  }
}
