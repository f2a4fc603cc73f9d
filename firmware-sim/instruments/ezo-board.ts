import { EZO_BOARDS, type EzoBoard, type EzoBoardName } from "../probes/ezo-boards.ts";
import type { Line } from "../serial/line.ts";

/** What a played board does wrong. */
export type EzoQuirks = {
  /** It was left in continuous mode, and speaks in between. */
  continuous: boolean;
  /** It was left without response codes. */
  codesOff: boolean;
  /** It answers nothing. */
  mute: boolean;
  /** Bytes that come before every answer. */
  noise: Uint8Array;
  /** Sends every line in two parts. */
  partial: boolean;
  /** Which board it says it is. */
  saysItIs: string;
  /** An unsolicited code that comes with the next reading. */
  alarm: "OV" | "UV" | undefined;
};

/** A board on the other end of a line, as Atlas Scientific's behave (domain.md §3.1). */
export type EzoBoardPlay = {
  quirks: EzoQuirks;
  /** What `R` answers, as text: also what no probe would say. */
  reading: string;
  slope: string;
  /** What it was told, in order. */
  heard: readonly string[];
  /** Loses its volatile settings, and says so. */
  restart(): Promise<void>;
  /** Speaks unasked. */
  say(text: string): Promise<void>;
};

const FULL_NAMES: Record<EzoBoardName, string> = {
  oxygen: "D.O.",
  ph: "pH",
  conductivity: "EC",
  temperature: "RTD",
};
/** Commands that a board answers with `*OK` alone, by how they begin. */
const PLAIN = ["C,", "O,", "T,", "S,", "P,", "Cal"];

/** Plays a board on a line until that is closed. */
export function playEzoBoard(
  line: Line,
  options: { board: EzoBoardName; reading: string; quirks?: Partial<EzoQuirks> },
): EzoBoardPlay {
  const { board, reading, quirks = {} } = options;
  const heard: string[] = [];
  let held = "";
  let calibrationPoints = 1;

  const send = async (bytes: Uint8Array) => {
    const middle = play.quirks.partial ? Math.floor(bytes.length / 2) : bytes.length;
    await line.write(bytes.subarray(0, middle));
    if (middle < bytes.length) await line.write(bytes.subarray(middle));
  };
  const sayLines = (...lines: string[]) =>
    send(
      Buffer.concat([play.quirks.noise, Buffer.from(lines.map((text) => `${text}\r`).join(""), "latin1")]),
    );
  const ok = (...before: string[]) => sayLines(...before, ...(play.quirks.codesOff ? [] : ["*OK"]));
  const answer = async (command: string) => {
    heard.push(command);
    if (play.quirks.mute) return;
    if (play.quirks.continuous && command !== "C,0") await sayLines(play.reading);
    const { saysItIs, alarm } = play.quirks;
    switch (command.toUpperCase()) {
      case "*OK,1":
        play.quirks.codesOff = false;
        return ok();
      case "C,0":
        play.quirks.continuous = false;
        return ok();
      case "I":
        return ok(`?I,${saysItIs},2.10`);
      case "STATUS":
        return ok("?STATUS,P,5.038");
      case "CAL,?":
        return ok(`?CAL,${calibrationPoints}`);
      case "SLOPE,?":
        return hasSlope(board) ? ok(`?SLOPE,${play.slope}`) : sayLines("*ER");
      case "R":
        play.quirks.alarm = undefined;
        return ok(...(alarm === undefined ? [] : [`*${alarm}`]), play.reading);
    }
    if (!PLAIN.some((known) => command.startsWith(known))) return sayLines("*ER");
    if (command.startsWith("Cal")) calibrationPoints++;
    return ok();
  };
  const play: EzoBoardPlay = {
    quirks: {
      continuous: false,
      codesOff: false,
      mute: false,
      noise: new Uint8Array(0),
      partial: false,
      saysItIs: FULL_NAMES[board],
      alarm: undefined,
      ...quirks,
    },
    reading,
    slope: "99.7,100.3,-0.89",
    heard,
    async restart() {
      play.quirks.continuous = true;
      await line.write(Buffer.from("*RS\r*RE\r", "latin1"));
    },
    say: (text) => sayLines(text),
  };
  let turn: Promise<void> = Promise.resolve();
  line.listen((bytes) => {
    held += Buffer.from(bytes).toString("latin1");
    const commands = held.split("\r");
    held = commands.pop()!;
    for (const command of commands) {
      // A line that dies under an answer ends the play, and nothing else.
      turn = turn.then(() => answer(command)).catch(() => undefined);
    }
  });
  return play;
}

function hasSlope(name: EzoBoardName): boolean {
  const board: EzoBoard = EZO_BOARDS[name];
  return board.hasSlope;
}
