import type { Bilingual } from "../bilingual.ts";
import type { Note } from "./note.ts";

/** A note as a reviewer reads it, with its numbers. */
export function sayNote(note: Note): Bilingual {
  switch (note.kind) {
    case "stuck":
      return {
        en: `The probe reports exactly ${two(note.oxygenMgPerL)} mg/L ${note.readings} times in a row.`,
        zh: `探头连续 ${note.readings} 次读数都是 ${two(note.oxygenMgPerL)} mg/L,一点不变。`,
      };
    case "in-air": {
      const air = note.followsAir
        ? { en: ", and its temperature follows the air's", zh: ",水温跟着气温走" }
        : { en: "", zh: "" };
      return {
        en: `Oxygen jumps by ${zero(note.jumpPercent)} % to saturation (${zero(note.saturationPercent)} %) and stays flat${air.en}: as if the probe hung in the air.`,
        zh: `溶氧饱和度突变 ${zero(note.jumpPercent)} %,停在 ${zero(note.saturationPercent)} % 不动${air.zh}:像是探头露在空气中。`,
      };
    }
    case "in-bucket":
      return {
        en: `In six hours oxygen fell by ${one(note.oxygenFallMgPerL)} mg/L (usual at these hours ${one(note.usualOxygenFallMgPerL)}) while the temperature moved by ${one(note.temperatureChangeC)} °C (usual ${one(note.usualTemperatureChangeC)}): like a small volume of water.`,
        zh: `6 小时内溶氧下降 ${one(note.oxygenFallMgPerL)} mg/L(平时同时段 ${one(note.usualOxygenFallMgPerL)}),水温变化 ${one(note.temperatureChangeC)} °C(平时 ${one(note.usualTemperatureChangeC)}):像是放在桶里。`,
      };
    case "twins":
      return {
        en: `Two probes share even their noise (correlation ${two(note.correlation)}): one of the series is not its own.`,
        zh: `两个探头连噪声都一样(相关 ${two(note.correlation)}):其中一条数据不是自己测的。`,
      };
    case "copied":
      return {
        en: `The noise of these hours was there ${days(note)} days before (correlation ${two(note.correlation)}): the series looks copied.`,
        zh: `这几个小时的噪声与 ${days(note)} 天前相同(相关 ${two(note.correlation)}):像是复制的数据。`,
      };
    case "swapped":
      return {
        en: "Two probes each go on where the other stopped: they look exchanged.",
        zh: "两个探头的读数互相接上了:像是对调过。",
      };
    case "probes-disagree":
      return {
        en: `Two probes of the pond differ by ${one(note.differenceMgPerL)} mg/L, at this time of day usually by ${one(note.usualDifferenceMgPerL)}: one of them may hang elsewhere.`,
        zh: `同一口塘的两个探头相差 ${one(note.differenceMgPerL)} mg/L,平时这个时段相差 ${one(note.usualDifferenceMgPerL)}:其中一个可能不在原处。`,
      };
    case "oversaturated":
      return {
        en: `Oxygen at ${zero(note.saturationPercent)} % of saturation: more than algae hold in water.`,
        zh: `溶氧饱和度 ${zero(note.saturationPercent)} %:超过藻类能达到的程度。`,
      };
    case "rise-in-the-dark":
      return {
        en: `Oxygen rises by ${one(note.riseMgPerL)} mg/L in the dark without an aerator.`,
        zh: `夜里没开增氧机,溶氧却上升 ${one(note.riseMgPerL)} mg/L。`,
      };
    case "fall-without-cause":
      return {
        en: `Oxygen falls by ${one(note.fallMgPerL)} mg/L within an hour while temperature${note.phChange === null ? "" : " and pH"} stand still.`,
        zh: `溶氧一小时内下降 ${one(note.fallMgPerL)} mg/L,而水温${note.phChange === null ? "" : "和 pH "}没有变化。`,
      };
    case "aerator-off":
      return {
        en: `Oxygen at ${one(note.oxygenMgPerL)} mg/L and the aerators draw ${one(note.currentA)} A: they stand still.`,
        zh: `溶氧 ${one(note.oxygenMgPerL)} mg/L,增氧机电流 ${one(note.currentA)} A:没有开。`,
      };
    case "aerator-without-effect":
      return {
        en: `The aerators draw ${one(note.currentA)} A and oxygen still falls by ${one(-note.slopeMgPerLPerH)} mg/L an hour.`,
        zh: `增氧机电流 ${one(note.currentA)} A,溶氧仍每小时下降 ${one(-note.slopeMgPerLPerH)} mg/L。`,
      };
    case "unlike-neighbours":
      return {
        en: `Oxygen fell by ${one(note.fallMgPerL)} mg/L in six hours, at the neighbours by ${one(note.neighboursFellMgPerL)} at most.`,
        zh: `6 小时内溶氧下降 ${one(note.fallMgPerL)} mg/L,邻塘最多下降 ${one(note.neighboursFellMgPerL)}。`,
      };
  }
}

const zero = (value: number) => value.toFixed(0);
const one = (value: number) => value.toFixed(1);
const two = (value: number) => value.toFixed(2);

function days({ fromMs, earlierMs }: Extract<Note, { kind: "copied" }>): string {
  return ((fromMs - earlierMs) / 86_400_000).toFixed(0);
}
