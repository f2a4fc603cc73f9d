import { parseArgs } from "node:util";
import { SCENARIO_NAMES, type ScenarioName } from "../firmware-sim/scenarios.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { ChainChoice } from "./chain.ts";
import { LIE_NAMES, LIES, type LieName } from "./liar/cases.ts";

export const HELP = `Pondproof: from a pond reading to a paid claim

  npm start                                   everything, with a page in the browser
  npm start -- --headless --json              without a page; the result is the last line, one JSON object

  --scenario NAME    what happens to the ponds: ${SCENARIO_NAMES.slice(0, 4).join(", ")},
                     ${SCENARIO_NAMES.slice(4).join(", ")}
                     (default: calm-week with a page, aerator-failure without)
  --lie CASE         with lying-oracle: what the operator, or in the last case a probe's owner, does (default bad-combine):
${LIE_NAMES.map((name) => `                       ${name.padEnd(16)} ${LIES[name].told}`).join("\n")}
  --speed N          simulated seconds to a real one (default 240 with a page, 600 without); the simulation
                     waits when the system cannot keep up, so a high number is safe
  --headless         no page; ends when the scenario has ended, with exit code 0 if all of it happened
  --json             print the result as one JSON object in the last line of standard output
  --hold             headless: keep ledger and API up afterwards, and say where they are
  --data DIR         the run's folder (default: a new one below .pondproof); an old one is taken up where it stopped
  --chain NAME       hardhat (in this process, forgets when it ends) or anvil (keeps its state in the folder)
  --rpc URL          a development node of your own instead
  --replay FILE      real readings from a CSV file instead of modelled ponds
  --map MAPPING      which columns they are in, e.g. time=DateTimeStamp,zone=-05:00,oxygen=DO_obs,temperature=Temp
  --from, --to TIME  the part of the file to replay (default: all of it)
  --port N           the page's port (default 8080, or the next one that is free)
  --seed N           another weather, another noise (default 1)
  --help             this text
`;

export type Replay = { file: string; map: string; from: string | undefined; to: string | undefined };

export type Options = {
  scenario: ScenarioName | undefined;
  /** Set in `lying-oracle`. */
  lie: LieName | undefined;
  speed: number;
  headless: boolean;
  json: boolean;
  hold: boolean;
  dataDir: string | undefined;
  chain: ChainChoice;
  replay: Replay | undefined;
  port: number;
  seed: number;
};

/**
 * The options of a command line, or `"help"`.
 * @throws INVALID_ARGUMENT naming every mistake at once
 */
export function parseOptions(args: string[]): Options | "help" {
  const { values } = parse(args);
  if (values.help === true) return "help";
  const mistakes: string[] = [];
  const number = (
    name: "speed" | "port" | "seed",
    fallback: number,
    { min, max }: { min: number; max: number },
  ) => {
    const value = values[name] === undefined ? fallback : Number(values[name]);
    if (!(value >= min && value <= max)) mistakes.push(`--${name} takes a number from ${min} to ${max}`);
    return value;
  };
  const headless = values.headless ?? false;
  const scenario = SCENARIO_NAMES.find((name) => name === values.scenario);
  if (values.scenario !== undefined && scenario === undefined)
    mistakes.push(`--scenario takes one of ${SCENARIO_NAMES.join(", ")}`);
  const lie = LIE_NAMES.find((name) => name === (values.lie ?? "bad-combine"));
  if (lie === undefined) mistakes.push(`--lie takes one of ${LIE_NAMES.join(", ")}`);
  if (values.lie !== undefined && scenario !== "lying-oracle")
    mistakes.push("--lie goes with --scenario lying-oracle");
  if (values.replay !== undefined && values.map === undefined) mistakes.push("--replay needs --map");
  if (values.replay !== undefined && values.scenario !== undefined)
    mistakes.push("--replay and --scenario exclude each other");
  if (values.replay === undefined && (values.map ?? values.from ?? values.to) !== undefined)
    mistakes.push("--map, --from and --to go with --replay");
  if (values.chain !== undefined && values.rpc !== undefined)
    mistakes.push("--chain and --rpc exclude each other");
  if (!["hardhat", "anvil", undefined].includes(values.chain))
    mistakes.push("--chain takes hardhat or anvil");
  if ((values.hold ?? false) && !headless) mistakes.push("--hold goes with --headless");
  const options: Options = {
    scenario:
      values.replay === undefined ? (scenario ?? (headless ? "aerator-failure" : "calm-week")) : undefined,
    lie: scenario === "lying-oracle" ? lie : undefined,
    speed: number("speed", headless ? 600 : 240, { min: 1, max: 100_000 }),
    headless,
    json: values.json ?? false,
    hold: values.hold ?? false,
    dataDir: values.data,
    chain:
      values.rpc === undefined
        ? { kind: values.chain === "anvil" ? "anvil" : "hardhat" }
        : { kind: "rpc", url: values.rpc },
    replay:
      values.replay === undefined
        ? undefined
        : { file: values.replay, map: values.map ?? "", from: values.from, to: values.to },
    port: number("port", 8080, { min: 1, max: 65_535 }),
    seed: number("seed", 1, { min: 0, max: 2 ** 31 }),
  };
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { mistakes });
  return options;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        scenario: { type: "string" },
        lie: { type: "string" },
        speed: { type: "string" },
        headless: { type: "boolean" },
        json: { type: "boolean" },
        hold: { type: "boolean" },
        data: { type: "string" },
        chain: { type: "string" },
        rpc: { type: "string" },
        replay: { type: "string" },
        map: { type: "string" },
        from: { type: "string" },
        to: { type: "string" },
        port: { type: "string" },
        seed: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new PondproofError("INVALID_ARGUMENT", { mistakes: [(cause as Error).message] }, { cause });
  }
}
