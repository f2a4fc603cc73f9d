import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { Ajv } from "ajv";
import { PondproofError } from "../../protocol/errors.ts";
import type { MetricName } from "../../protocol/record.ts";
import { describeMistake } from "../../service/config-file.ts";
import { type ByteOrder, type RegisterType, registersOf } from "./modbus-registers.ts";
import { UNITS } from "./units.ts";

export type Place = { address: number; type: RegisterType; order: ByteOrder };
export type Block = { function: 3 | 4; address: number; registers: number };

export type MappedValue = Place & {
  metric: MetricName;
  scale: number;
  offset: number;
  /** One of `UNITS`. */
  unit: string;
  range: readonly [number, number];
  notMeasured: readonly number[];
  sentinel?: Place;
};

export type MappedCheck = Place & {
  name: string;
  effect: "refuse" | "report";
  accept?: readonly number[];
  metrics?: readonly MetricName[];
  meanings: Readonly<Record<string, string>>;
};

/** Where a Modbus probe keeps what: a JSON file of `maps/`, with its defaults filled in. */
export type ProbeMap = {
  version: 1;
  name: string;
  line: { baudRate: number; parity: "none" | "even" | "odd"; stopBits: 1 | 2 };
  start?: Block;
  warmUpMs: number;
  blocks: readonly Block[];
  values: readonly MappedValue[];
  checks: readonly MappedCheck[];
};

const FOLDER = join(import.meta.dirname, "maps");

/**
 * Reads a probe's map: by name one of those that come with the reader, by a path that ends in `.json` one of your own.
 * @throws CONFIG_INVALID with all mistakes
 */
export async function readProbeMap(nameOrPath: string, { folder = "." } = {}): Promise<ProbeMap> {
  const isFile = nameOrPath.endsWith(".json");
  const own = isAbsolute(nameOrPath) ? nameOrPath : join(folder, nameOrPath);
  const path = isFile ? own : join(FOLDER, `${nameOrPath}.json`);
  if (!isFile && !/^[a-z0-9-]+$/.test(nameOrPath))
    throw new PondproofError("CONFIG_INVALID", {
      mistakes: [`map "${nameOrPath}": neither a name nor a .json file`],
    });
  const [text, schema] = await Promise.all([read(path), read(join(FOLDER, "schema.json"))]);
  return parseProbeMap(text, { schema, path });
}

/**
 * The map in a file's text; `schema` is the text of `maps/schema.json`.
 * @throws CONFIG_INVALID with all mistakes
 */
export function parseProbeMap(text: string, { schema, path }: { schema: string; path: string }): ProbeMap {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PondproofError("CONFIG_INVALID", {
      mistakes: [`${path}: not JSON: ${(cause as Error).message}`],
    });
  }
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
  });
  const validate = ajv.compile<ProbeMap>(JSON.parse(schema));
  const mistakes = validate(json)
    ? contradictions(json as ProbeMap)
    : (validate.errors ?? []).map(describeMistake);
  if (mistakes.length > 0)
    throw new PondproofError("CONFIG_INVALID", { mistakes: mistakes.map((mistake) => `${path}${mistake}`) });
  return json as ProbeMap;
}

/** What a schema cannot see: places outside of every block, units of another metric, ranges upside down. */
function contradictions(map: ProbeMap): string[] {
  const outside = (at: string, { address, type }: Place) =>
    map.blocks.some((block) => blockHolds(block, { address, type }))
      ? []
      : [`${at}: no block holds ${registersOf(type)} registers from ${address}`];
  return [
    ...map.values.flatMap((value, i) => [
      ...outside(`/values/${i}`, value),
      ...(value.sentinel === undefined ? [] : outside(`/values/${i}/sentinel`, value.sentinel)),
      ...(value.unit in UNITS[value.metric]
        ? []
        : [`/values/${i}/unit: ${value.metric} comes in ${Object.keys(UNITS[value.metric]).join(", ")}`]),
      ...(value.range[0] < value.range[1] ? [] : [`/values/${i}/range: begins at its end`]),
    ]),
    ...map.checks.flatMap((check, i) => outside(`/checks/${i}`, check)),
  ];
}

/** Whether all registers of a place lie in a block. */
export function blockHolds(block: Block, { address, type }: Pick<Place, "address" | "type">): boolean {
  return address >= block.address && address + registersOf(type) <= block.address + block.registers;
}

async function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new PondproofError("CONFIG_INVALID", { mistakes: [`${path}: cannot be read`] }, { cause });
  });
}
