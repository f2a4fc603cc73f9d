import type { MetricName } from "../../protocol/record.ts";
import { type Answer, isWithin } from "./instrument.ts";
import {
  type Block,
  blockHolds,
  type MappedCheck,
  type MappedValue,
  type Place,
  type ProbeMap,
} from "./modbus-map.ts";
import { readRegisters, registersOf } from "./modbus-registers.ts";
import { type Beside, UNITS } from "./units.ts";

/** The bytes that came for a block. */
export type ReadBlock = { block: Block; bytes: Uint8Array };

/** What a probe's registers mean: the values that are measurements, why others are none, and its checks as facts. */
export function judgeRegisters(
  map: ProbeMap,
  read: readonly ReadBlock[],
  { pressureAtm = 1 }: { pressureAtm?: number } = {},
): Answer & { facts: Record<string, string | number> } {
  const values = new Map<MetricName, number>();
  const problems: string[] = [];
  const facts: Record<string, string | number> = {};
  const refused = new Map<MetricName, string>();
  for (const check of map.checks) {
    const said = numberAt(read, check);
    const problem = checkProblem(check, said);
    facts[check.name] = check.meanings[String(said)] ?? said;
    if (problem !== undefined) problems.push(problem);
    if (problem !== undefined && check.effect === "refuse")
      for (const metric of check.metrics ?? map.values.map((value) => value.metric))
        refused.set(metric, problem);
  }
  const lacking = new Map<MetricName, string>();
  // Temperature and pH first: other metrics are converted with them.
  for (const value of [...map.values].sort((a, b) => rank(a) - rank(b))) {
    if (values.has(value.metric) || refused.has(value.metric)) continue;
    const beside: Beside = { temperatureC: values.get("temperature"), ph: values.get("ph"), pressureAtm };
    const measured = measure(value, read, beside);
    if (typeof measured === "string") lacking.set(value.metric, measured);
    else values.set(value.metric, measured);
  }
  for (const [metric, problem] of lacking) if (!values.has(metric)) problems.push(`${metric}: ${problem}`);
  return { values, problems, facts };
}

function rank({ metric }: MappedValue): number {
  return metric === "temperature" ? 0 : metric === "ph" ? 1 : 2;
}

function measure(value: MappedValue, read: readonly ReadBlock[], beside: Beside): number | string {
  const counts = numberAt(read, value);
  if (value.notMeasured.includes(counts)) return `${counts} stands for no measurement`;
  if (value.sentinel !== undefined && Object.is(counts, numberAt(read, value.sentinel)))
    return "the probe says that it has not measured";
  const shown = counts * value.scale + value.offset;
  if (!isWithin(shown, value.range)) return `${shown} ${value.unit} is beyond what the probe measures`;
  return (
    UNITS[value.metric][value.unit]!(shown, beside) ??
    `${value.unit} needs a temperature or pH, which is lacking`
  );
}

function checkProblem({ name, accept, meanings }: MappedCheck, said: number): string | undefined {
  if (accept === undefined || accept.includes(said)) return undefined;
  return `${name} is ${meanings[String(said)] ?? said}`;
}

/** A map has been checked: one of its blocks holds every place. */
function numberAt(read: readonly ReadBlock[], place: Place): number {
  const { block, bytes } = read.find(({ block }) => blockHolds(block, place))!;
  const from = 2 * (place.address - block.address);
  return readRegisters(bytes.subarray(from, from + 2 * registersOf(place.type)), place);
}
