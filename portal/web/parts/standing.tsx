import type { Batch } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { MoodIcon } from "./icons.tsx";

/** Whether somebody proved a batch false, and of what. */
export function Standing({ batch: { convicted, voidStreams } }: { batch: Batch }) {
  const { words, format } = useLocale();
  if (convicted.length === 0 && voidStreams === 0)
    return (
      <span className="mood-good standing">
        <MoodIcon mood="good" /> {words.unchallenged}
      </span>
    );
  return (
    <span className="mood-danger standing">
      <MoodIcon mood="danger" />{" "}
      {[
        ...(convicted.length > 0
          ? [words.batchConvicted(convicted.map((code) => words.cases[code]).join(", "))]
          : []),
        ...(voidStreams > 0 ? [words.batchVoid(format.count(voidStreams))] : []),
      ].join(" · ")}
    </span>
  );
}
