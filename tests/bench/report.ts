import { cpus } from "node:os";
import { isMet, type Measurement } from "./measurement.ts";

export type Section = { title: string; run: () => Measurement[] | Promise<Measurement[]> };

/** Runs the sections one after the other, prints what they measured, and ends the process: with 1 when a goal is missed. */
export async function report(sections: readonly Section[], { json }: { json: boolean }): Promise<never> {
  const all: Measurement[] = [];
  for (const { title, run } of sections) {
    process.stderr.write(`measuring: ${title.toLowerCase()}\n`);
    const measurements = await run();
    all.push(...measurements);
    if (!json) console.log([`\n${title}`, ...measurements.map(describe)].join("\n"));
  }
  const missed = all.filter((measurement) => !isMet(measurement));
  if (json) {
    const measurements = all.map((measurement) => ({ ...measurement, met: isMet(measurement) }));
    console.log(
      JSON.stringify({ node: process.version, cores: cpus().length, measurements, met: missed.length === 0 }),
    );
  } else {
    console.log(missed.length === 0 ? "\nevery goal is met" : `\n${missed.length} goals are missed`);
  }
  process.exit(missed.length === 0 ? 0 : 1);
}

function describe(measurement: Measurement): string {
  const { name, value, unit, comparedTo, ratio, goal } = measurement;
  const wanted = goal && ("atLeast" in goal ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`);
  const verdict = wanted === undefined ? "" : `, wanted ${wanted}: ${isMet(measurement) ? "met" : "MISSED"}`;
  return `  ${name}: ${number(value)} ${unit}; ${comparedTo.name}: ${number(comparedTo.value)}; ratio ${ratio.toFixed(2)}${verdict}`;
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
