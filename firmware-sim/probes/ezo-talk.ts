import type { Clock } from "../../protocol/clock.ts";
import type { Line } from "../serial/line.ts";
import { createEzoLines, type EzoCode, type EzoLine } from "./ezo-line.ts";

type Said = Exclude<EzoLine, { kind: "code" | "garbage" }>;

/** What came back for a command. */
export type EzoReply =
  /** `*OK`, and the lines before it. */
  | { kind: "done"; said: readonly Said[] }
  /** `*ER`: the board does not know the command. */
  | { kind: "refused" }
  /** Neither in time. */
  | { kind: "silent"; garbage: number };

/** A conversation with a board: one command at a time. */
export type EzoTalk = {
  command(text: string, options?: { timeoutMs?: number }): Promise<EzoReply>;
  /** What the board said unasked since the last time somebody looked: that it restarted, that its supply is bad. */
  alarms(): readonly EzoCode[];
};

/** A board in continuous mode, or one that babbles, fills no memory: only the last lines can be the reply. */
const MAX_SAID = 8;
const MAX_ALARMS = 8;

/** Begins to listen to a line on which an EZO board hangs. */
export function createEzoTalk(
  line: Line,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): EzoTalk {
  const split = createEzoLines();
  let pending: { said: Said[]; garbage: number; answer: (reply: EzoReply) => void } | undefined;
  let alarms: EzoCode[] = [];

  const hear = (heard: EzoLine) => {
    switch (heard.kind) {
      case "code":
        if (heard.code === "OK" && pending) pending.answer({ kind: "done", said: pending.said });
        else if (heard.code === "ER") pending?.answer({ kind: "refused" });
        else if (heard.code !== "OK") alarms = [...alarms, heard.code].slice(-MAX_ALARMS);
        return;
      case "garbage":
        if (pending) pending.garbage++;
        return;
      case "answer":
      case "reading":
        if (pending) pending.said = [...pending.said, heard].slice(-MAX_SAID);
    }
  };
  line.listen((bytes) => {
    for (const heard of split(bytes)) hear(heard);
  });

  return {
    alarms() {
      const seen = alarms;
      alarms = [];
      return seen;
    },
    async command(text, { timeoutMs: patienceMs = timeoutMs } = {}) {
      const answered = new AbortController();
      const reply = new Promise<EzoReply>((answer) => {
        pending = { said: [], garbage: 0, answer };
      });
      try {
        await line.write(Buffer.from(`${text}\r`, "latin1"));
        const late = clock.wait(clock.now() + patienceMs, answered.signal).then(
          (): EzoReply => ({ kind: "silent", garbage: pending?.garbage ?? 0 }),
          (): EzoReply => ({ kind: "silent", garbage: 0 }),
        );
        return await Promise.race([reply, late]);
      } finally {
        pending = undefined;
        answered.abort();
      }
    },
  };
}
