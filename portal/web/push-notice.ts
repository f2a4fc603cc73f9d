import type { PushMessage } from "../push.ts";
import { hrefOf } from "./router.ts";
import { pushWords } from "./words-push.ts";

/** What a telephone shows of an alarm, and where a touch leads. */
export type PushNotice = { title: string; body: string; tag: string; path: string; isUrgent: boolean };

export function noticeOf({
  tag,
  language,
  farm,
  pond,
  pondName,
  kind,
  level,
  oxygenMgPerL,
}: PushMessage): PushNotice {
  const { pushWarning, pushDanger, pushKinds, pushOxygen } = pushWords;
  const isUrgent = level === "danger";
  const said = pushKinds[language][kind];
  return {
    title: (isUrgent ? pushDanger : pushWarning)[language](pondName),
    body: oxygenMgPerL === undefined ? said : pushOxygen[language](said, oxygenMgPerL.toFixed(1)),
    tag,
    path: hrefOf({ page: "pond", farm, pond }),
    isUrgent,
  };
}
