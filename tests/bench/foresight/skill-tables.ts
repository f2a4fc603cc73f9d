import { type RealSeries, readRealSeries } from "../real-series.ts";
import { samplesOf } from "./samples.ts";
import { type Skill, skillOf, type Warnings, warningsOf } from "./skill.ts";

/** The part of docs/foresight.md about forecasts, of every series, and the goals that were missed. */
export async function skillSection(
  all: readonly RealSeries[],
): Promise<{ lines: string[]; missed: string[] }> {
  const skills: string[] = [];
  const warnings: string[] = [];
  const missed: string[] = [];
  for (const series of all) {
    const { rows } = await readRealSeries(series);
    const samples = samplesOf(rows);
    for (const skill of skillOf(samples, series.place)) {
      skills.push(skillRow(series, skill));
      const won = skill.foresight < Math.min(skill.persistence, skill.yesterday);
      if (series.isPond && skill.forecasts > 0 && !won)
        missed.push(`${series.name}, ${skill.leadHours} h: does not beat both`);
    }
    for (const level of [2, 3, 5])
      warnings.push(warningRow(series, warningsOf(samples, series.place, level)));
  }
  return { lines: [...HEAD, ...skills, ...WARNING_HEAD, ...warnings], missed };
}

const HEAD = [
  "## How far off the forecast is",
  "",
  "Mean absolute error in mg/L of forecasts issued at every half hour of every night, for times up to an hour after",
  "sunrise, beside *persistence* (it stays as it is) and *yesterday* (it changes as in the same hours of the night before),",
  "all three over the same times. *Bias* is forecast minus truth. *In band* should be 80 %.",
  "",
  "| series | ahead | forecasts | **foresight** | persistence | yesterday | better than both | bias | in band |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
];

const WARNING_HEAD = [
  "",
  "### Warnings, two hours after sunset",
  "",
  "A warning is given when the low edge of the band touches the level before morning; nights that stand below it",
  "already, or have holes, are not counted.",
  "",
  "| series | level mg/L | nights | fell below | warned of those | warned in vain |",
  "| --- | --- | --- | --- | --- | --- |",
];

function skillRow({ name, water }: RealSeries, skill: Skill): string {
  const { leadHours, forecasts, foresight, persistence, yesterday, bias, inBand } = skill;
  const cells =
    forecasts === 0
      ? ["0", "–", "–", "–", "no forecast could be judged", "–", "–"]
      : [
          String(forecasts),
          `**${foresight.toFixed(2)}**`,
          persistence.toFixed(2),
          yesterday.toFixed(2),
          verdict(skill),
          signed(bias),
          `${(100 * inBand).toFixed(0)} %`,
        ];
  return `| ${[`${name} (${water})`, `${leadHours} h`, ...cells].join(" | ")} |`;
}

function verdict({ foresight, persistence, yesterday }: Skill): string {
  if (foresight >= persistence) return "**no**: persistence is better";
  return foresight >= yesterday ? "**no**: yesterday is better" : "yes";
}

function warningRow({ name }: RealSeries, counts: Warnings): string {
  const { belowMgPerL, nights, fell, warned, warnedAndFell } = counts;
  return `| ${name} | ${belowMgPerL} | ${nights} | ${fell} | ${warnedAndFell} | ${warned - warnedAndFell} |`;
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== "0.00" ? `−${text}` : `+${text}`;
}
