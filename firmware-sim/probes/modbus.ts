import type { Clock } from "../../protocol/clock.ts";
import type { MetricName } from "../../protocol/record.ts";
import { type Answer, type Instrument, nothing } from "./instrument.ts";
import type { BusReply, ModbusBus } from "./modbus-bus.ts";
import { judgeRegisters, type ReadBlock } from "./modbus-judge.ts";
import type { ProbeMap } from "./modbus-map.ts";

export type ModbusOptions = {
  name: string;
  bus: ModbusBus;
  slave: number;
  map: ProbeMap;
  /** What of the map is used; all of it when left out. */
  metrics?: readonly MetricName[];
  clock: Clock;
  pressureAtm?: number;
};

/** A probe on an RS-485 bus, read as its map says. */
export function createModbusProbe(options: ModbusOptions): Instrument {
  const { name, bus, slave, map, clock, pressureAtm = 1 } = options;
  const metrics = options.metrics ?? [...new Set(map.values.map(({ metric }) => metric))];
  let facts: Record<string, string | number> = { model: map.name };
  let last: Answer | undefined;
  /** When the values begin to mean something; `undefined` while the probe has to be started. */
  let warmFromMs: number | undefined;

  const start = async (): Promise<string | undefined> => {
    if (warmFromMs !== undefined) return undefined;
    if (map.start !== undefined) {
      const reply = await bus.read({ ...map.start, slave });
      const problem = problemOf(reply, bus.name);
      if (problem !== undefined) return problem;
    }
    warmFromMs = clock.now() + map.warmUpMs;
    return undefined;
  };
  const readBlocks = async (): Promise<ReadBlock[] | string> => {
    const read: ReadBlock[] = [];
    for (const block of map.blocks) {
      const reply = await bus.read({ ...block, slave });
      if (reply.kind !== "read") {
        // It may have lost its supply, and then it does not measure before it is started again.
        if (reply.kind !== "damaged") warmFromMs = undefined;
        return problemOf(reply, bus.name)!;
      }
      read.push({ block, bytes: reply.bytes });
    }
    return read;
  };
  const readOnce = async (): Promise<Answer> => {
    const problem = await start();
    if (problem !== undefined) return nothing(problem);
    const read = await readBlocks();
    if (typeof read === "string") return nothing(read);
    if (clock.now() < warmFromMs!) return nothing("the probe is warming up");
    const judged = judgeRegisters(map, read, { pressureAtm });
    facts = { model: map.name, ...judged.facts };
    const values = new Map([...judged.values].filter(([metric]) => metrics.includes(metric)));
    return { values, problems: judged.problems };
  };
  return {
    name,
    metrics,
    async read() {
      last = await readOnce();
      return last;
    },
    health: () => ({
      name,
      state: last === undefined ? "unknown" : last.problems.length === 0 ? "well" : "failing",
      problems: last?.problems ?? [],
      facts,
    }),
  };
}

function problemOf(reply: BusReply, line: string): string | undefined {
  switch (reply.kind) {
    case "read":
      return undefined;
    case "down":
      return `${line}: ${reply.reason}`;
    case "silent":
      return "the probe does not answer";
    case "exception":
      return `the probe refused with exception ${reply.code}`;
    case "damaged":
      return `a reply came damaged: ${reply.problem}`;
  }
}
