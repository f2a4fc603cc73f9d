import type { InstrumentHealth } from "../../protocol/messages.ts";
import { METRICS, type MetricName } from "../../protocol/record.ts";
import type { Source, SourceProblem } from "../source.ts";
import type { Answer, Instrument } from "./instrument.ts";
import { readText, type TextPlace } from "./text-value.ts";

/** Tells whether the probe hangs in the water. */
export type WaterSwitch = TextPlace & { outWhen: string };

export type InstrumentSource = Source & { health(): readonly InstrumentHealth[] };

/** Joins the instruments of one probe in one sample: a metric that none of them measured is *not measured*. */
export function createInstrumentSource(options: {
  instruments: readonly Instrument[];
  /** A tamper switch, or the button that the operator presses for cleaning. */
  outOfWater?: WaterSwitch;
}): InstrumentSource {
  const { instruments, outOfWater } = options;
  let problems: readonly SourceProblem[] = [];

  const readAll = async (signal: AbortSignal): Promise<[Instrument, Answer][]> => {
    const known = new Map<MetricName, number>();
    const answers: [Instrument, Answer][] = [];
    for (const isLate of [false, true]) {
      const some = instruments.filter((instrument) => (instrument.needs !== undefined) === isLate);
      const read = await Promise.all(some.map((instrument) => instrument.read({ known, signal })));
      for (const [i, answer] of read.entries()) {
        answers.push([some[i]!, answer]);
        for (const [metric, value] of answer.values) known.set(metric, value);
      }
    }
    return answers;
  };
  return {
    async sample({ timeMs, signal }) {
      const [answers, water] = await Promise.all([readAll(signal), waterState(outOfWater, signal)]);
      problems = [
        ...answers.flatMap(([{ name }, answer]) =>
          answer.problems.map((problem) => ({ part: name, problem })),
        ),
        ...water.problems,
      ];
      const shown = new Map(answers.flatMap(([, { values }]) => [...values]));
      if (shown.size === 0) return [];
      const values = METRICS.map(({ name }) => shown.get(name) ?? null);
      return [{ timeMs, values, simulated: false, outOfWater: water.isOut }];
    },
    problems: () => problems,
    health: () => instruments.map((instrument) => instrument.health()),
  };
}

async function waterState(
  outOfWater: WaterSwitch | undefined,
  signal: AbortSignal,
): Promise<{ isOut: boolean; problems: SourceProblem[] }> {
  if (outOfWater === undefined) return { isOut: false, problems: [] };
  try {
    return { isOut: (await readText(outOfWater, signal)) === outOfWater.outWhen, problems: [] };
  } catch (error) {
    // Otherwise cutting the switch's wire would hide that the probe is lifted.
    const code = (error as NodeJS.ErrnoException).code ?? "failed";
    const problem = `cannot be read (${code}), and so counts as open`;
    return { isOut: true, problems: [{ part: "out-of-water switch", problem }] };
  }
}
