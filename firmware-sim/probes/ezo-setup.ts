import type { EzoBoard } from "./ezo-boards.ts";
import type { EzoReply, EzoTalk } from "./ezo-talk.ts";

export type EzoSetup =
  | { kind: "ready"; facts: Record<string, string | number> }
  /** `silent` when nobody answered, so that the line itself may be at fault. */
  | { kind: "failed"; problem: string; silent: boolean };

/** What `Status` calls the last restart. */
const RESTARTS: Readonly<Record<string, string>> = {
  P: "power",
  S: "software",
  B: "brown-out",
  W: "watchdog",
  U: "unknown",
};

/** Long enough for what a board still says to a command that was cut off. */
const FLUSH_MS = 500;

/**
 * Makes a board, in whatever state it was left, one that answers: ends a half command, turns response codes on and
 * continuous mode off, checks that it is the right board, chooses its unit, and throws the first reading away.
 */
export async function setUpEzo(
  talk: EzoTalk,
  options: { board: EzoBoard; timeoutMs: number; salinityUsPerCm?: number; pressureKpa?: number },
): Promise<EzoSetup> {
  const { board, timeoutMs, salinityUsPerCm, pressureKpa } = options;
  await talk.command("", { timeoutMs: Math.min(FLUSH_MS, timeoutMs) });
  const commands = [
    "*OK,1",
    "C,0",
    ...board.setup,
    ...(salinityUsPerCm === undefined ? [] : [`S,${salinityUsPerCm}`]),
    ...(pressureKpa === undefined ? [] : [`P,${pressureKpa}`]),
  ];
  for (const command of commands) {
    const { kind } = await talk.command(command);
    if (kind !== "done")
      return {
        kind: "failed",
        problem: `the board did not take ${command} (${kind})`,
        silent: kind === "silent",
      };
  }
  const [kind = "nothing", firmware = "?"] = fieldsOf(await talk.command("i"), "I");
  if (!board.names.includes(kind.replaceAll(".", "").toUpperCase()))
    return {
      kind: "failed",
      problem: `a ${board.names[0]} board is expected here, and ${printable(kind)} answers`,
      silent: false,
    };
  const facts = { firmware: printable(firmware), ...(await healthFacts(talk, board)) };
  await talk.command("R");
  return { kind: "ready", facts };
}

async function healthFacts(talk: EzoTalk, board: EzoBoard): Promise<Record<string, string | number>> {
  const [restart, supply] = fieldsOf(await talk.command("Status"), "STATUS");
  const [points] = fieldsOf(await talk.command("Cal,?"), "CAL");
  const slopes = board.hasSlope ? fieldsOf(await talk.command("Slope,?"), "SLOPE") : [];
  const facts: Record<string, string | number> = {};
  if (restart !== undefined) facts.lastRestart = RESTARTS[restart] ?? "unknown";
  const numbers = { supplyV: supply, calibrationPoints: points };
  const slopeNumbers = { acidSlopePercent: slopes[0], baseSlopePercent: slopes[1], zeroMv: slopes[2] };
  for (const [fact, text] of Object.entries({ ...numbers, ...slopeNumbers })) {
    const value = Number(text);
    if (text !== undefined && Number.isFinite(value)) facts[fact] = value;
  }
  return facts;
}

function fieldsOf(reply: EzoReply, name: string): readonly string[] {
  if (reply.kind !== "done") return [];
  const answers = reply.said.flatMap((said) =>
    said.kind === "answer" && said.name === name ? [said.fields] : [],
  );
  return answers.at(-1) ?? [];
}

/** What an instrument says of itself goes into logs and messages, so it is short. */
function printable(text: string): string {
  return text.slice(0, 24);
}
