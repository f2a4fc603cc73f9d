import type { Clock } from "../../protocol/clock.ts";
import type { InstrumentHealth } from "../../protocol/messages.ts";
import type { MetricName } from "../../protocol/record.ts";
import type { Line } from "../serial/line.ts";
import type { LineKeeper } from "../serial/line-keeper.ts";
import { EZO_BOARDS, type EzoBoard, type EzoBoardName } from "./ezo-boards.ts";
import type { EzoCode } from "./ezo-line.ts";
import { setUpEzo } from "./ezo-setup.ts";
import { createEzoTalk, type EzoTalk } from "./ezo-talk.ts";
import { type Answer, type Instrument, isWithin, nothing } from "./instrument.ts";

export type EzoOptions = {
  name: string;
  board: EzoBoardName;
  line: LineKeeper;
  clock: Clock;
  /** A reading takes a board up to 900 ms. */
  timeoutMs?: number;
  /** The water's temperature, where nothing measures it; the board assumes 25 °C otherwise. */
  temperatureC?: number;
  /** Take the temperature that another instrument of the probe has just measured. */
  temperatureFromProbe?: boolean;
  salinityUsPerCm?: number;
  pressureKpa?: number;
};

/** An EZO board that can also be calibrated. */
export type EzoInstrument = Instrument & {
  /** Sends the command of a calibration step; says what went wrong, or `undefined`. */
  calibrate(step: { name: string; value?: number }): Promise<string | undefined>;
};

/** A temperature that moved by less changes no reading's last digit. */
const TEMPERATURE_STEP_C = 0.05;
// domain.md §3.1: a pH probe is replaced at about 85 % of its slope.
const WORN_SLOPE_PERCENT = 85;

type Session = { line: Line; talk: EzoTalk; ready: boolean; temperatureC: number | undefined };

/** An Atlas Scientific EZO board in UART mode, polled. */
export function createEzo(options: EzoOptions): EzoInstrument {
  const { name, line: keeper, clock, timeoutMs = 2_000 } = options;
  const board: EzoBoard = EZO_BOARDS[options.board];
  let session: Session | undefined;
  let facts: Record<string, string | number> = {};
  let restarts = 0;
  let last: Answer | undefined;

  const sessionOn = (line: Line): Session => {
    if (session?.line !== line)
      session = {
        line,
        talk: createEzoTalk(line, { clock, timeoutMs }),
        ready: false,
        temperatureC: undefined,
      };
    return session;
  };
  /** What the board said unasked: after a restart its settings are gone, below its supply its numbers are wrong. */
  const heedAlarms = (mine: Session): string | undefined => {
    const alarms = mine.talk.alarms();
    const restarted = alarms.some((code) => code === "RE" || code === "RS");
    if (restarted) {
      restarts++;
      mine.ready = false;
      mine.temperatureC = undefined;
    }
    return alarms.map(supplyProblem).find((problem) => problem !== undefined);
  };
  const prepare = async (mine: Session): Promise<string | undefined> => {
    if (mine.ready) return undefined;
    mine.temperatureC = undefined;
    const outcome = await setUpEzo(mine.talk, { ...options, board, timeoutMs });
    if (outcome.kind === "failed") {
      if (outcome.silent) keeper.unheard();
      return outcome.problem;
    }
    facts = outcome.facts;
    mine.talk.alarms();
    mine.ready = true;
    return undefined;
  };
  const compensate = async (
    mine: Session,
    known: ReadonlyMap<MetricName, number>,
  ): Promise<string | undefined> => {
    const wanted = options.temperatureFromProbe ? known.get("temperature") : options.temperatureC;
    if (!board.compensates) return undefined;
    if (wanted === undefined) {
      const isLost = options.temperatureFromProbe && mine.temperatureC === undefined;
      return isLost ? "no temperature to compensate with" : undefined;
    }
    if (mine.temperatureC !== undefined && Math.abs(mine.temperatureC - wanted) < TEMPERATURE_STEP_C)
      return undefined;
    const { kind } = await mine.talk.command(`T,${wanted.toFixed(2)}`);
    if (kind !== "done") {
      mine.ready = false;
      return `the temperature was not taken (${kind})`;
    }
    mine.temperatureC = wanted;
    return undefined;
  };
  const measure = async (mine: Session): Promise<Answer> => {
    const reply = await mine.talk.command("R");
    const alarm = heedAlarms(mine);
    switch (reply.kind) {
      case "refused":
        mine.ready = false;
        return nothing("the board refused to read");
      case "silent":
        // A reply that comes later must not be taken for the next one's.
        mine.ready = false;
        keeper.unheard();
        return nothing(reply.garbage > 0 ? "the board sends garbage" : "the board does not answer");
      case "done":
        keeper.heard();
        if (alarm !== undefined) return nothing(alarm);
        return judge(reply.said.filter((said) => said.kind === "reading").at(-1)?.values, board);
    }
  };
  const readOn = async (line: Line, known: ReadonlyMap<MetricName, number>): Promise<Answer> => {
    const mine = sessionOn(line);
    heedAlarms(mine);
    const problem = (await prepare(mine)) ?? (await compensate(mine, known));
    return problem === undefined ? measure(mine) : nothing(problem);
  };
  return {
    name,
    metrics: [board.metric],
    ...(options.temperatureFromProbe && { needs: "temperature" }),
    async read({ known }) {
      const use = await keeper.use((line) => readOn(line, known));
      last = use.kind === "used" ? use.result : nothing(`${keeper.name}: ${use.reason}`);
      return last;
    },
    health: () => healthOf({ name, last, facts: { ...facts, restarts } }),
    async calibrate({ name: step, value }) {
      const form = board.calibrations[step];
      if (form === undefined)
        return `${options.board} has no step "${step}", only ${Object.keys(board.calibrations).join(", ")}`;
      if (form.includes("{}") !== (value !== undefined))
        return value === undefined
          ? `step "${step}" needs the standard's value`
          : `step "${step}" takes no value`;
      const use = await keeper.use(async (line) => {
        const mine = sessionOn(line);
        const problem = await prepare(mine);
        if (problem !== undefined) return problem;
        const { kind } = await mine.talk.command(form.replace("{}", String(value)));
        return kind === "done" ? undefined : `the board answered: ${kind}`;
      });
      return use.kind === "used" ? use.result : use.reason;
    },
  };
}

/** A number that the board cannot measure is no measurement; it is never bent into the range. */
function judge(values: readonly number[] | undefined, { metric, range, factor }: EzoBoard): Answer {
  const value = values?.[0];
  if (value === undefined) return nothing("the board said that it has read, and no number");
  if (!isWithin(value, range)) return nothing(`${value} is beyond what the board measures`);
  return { values: new Map([[metric, value * factor]]), problems: [] };
}

function supplyProblem(code: EzoCode): string | undefined {
  if (code === "UV") return "the board's supply is below 3.1 V";
  if (code === "OV") return "the board's supply is above 5.5 V";
  if (code === "SL") return "the board has fallen asleep";
  return undefined;
}

function healthOf({
  name,
  last,
  facts,
}: {
  name: string;
  last: Answer | undefined;
  facts: Readonly<Record<string, string | number>>;
}): InstrumentHealth {
  if (last === undefined) return { name, state: "unknown", problems: [], facts };
  const worn = ["acidSlopePercent", "baseSlopePercent"]
    .filter((slope) => typeof facts[slope] === "number" && (facts[slope] as number) < WORN_SLOPE_PERCENT)
    .map((slope) => `${slope} is ${facts[slope]}: replace the probe`);
  const problems = [...last.problems, ...worn];
  return { name, state: problems.length === 0 ? "well" : "failing", problems, facts };
}
