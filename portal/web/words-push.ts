import type { AlarmKind } from "../api-provider.ts";
import { say, sayEach } from "./words-form.ts";

/** What is said of alarms that reach a closed page. */
export const pushWords = {
  pushWarning: say(
    (pond: string) => `${pond}: look at the pond`,
    (pond) => `${pond}：去看看`,
  ),
  pushDanger: say(
    (pond: string) => `${pond}: danger`,
    (pond) => `${pond}：危险`,
  ),
  pushKinds: sayEach<AlarmKind>(
    {
      "oxygen-low": "The oxygen is low: turn the aerator on.",
      "oxygen-forecast": "The oxygen will be low before dawn: keep the aerator ready.",
      "aerator-off": "The aerator draws no current.",
      "probe-silent": "A probe has fallen silent.",
    },
    {
      "oxygen-low": "溶氧低，开增氧机。",
      "oxygen-forecast": "天亮前溶氧会低，备好增氧机。",
      "aerator-off": "增氧机没有电流。",
      "probe-silent": "探头没有信号。",
    },
  ),
  pushOxygen: say(
    (said: string, oxygen: string) => `${said} Dissolved oxygen ${oxygen} mg/L.`,
    (said, oxygen) => `${said}溶氧 ${oxygen} mg/L。`,
  ),
  pushHeading: say("Alarms on this phone", "本机报警"),
  pushOffer: say(
    "This phone rings when a pond needs you, also while the page is closed.",
    "塘里有事时本机会响，页面关着也会响。",
  ),
  pushOn: say("Ring this phone", "开启本机报警"),
  pushOff: say("Do not ring this phone any more", "关闭本机报警"),
  pushIsOn: say("This phone rings when a pond needs you.", "塘里有事时本机会响。"),
  pushDenied: say(
    "This browser does not let the page ring. Allow notifications for it in the browser’s settings.",
    "浏览器没有允许本页通知。请在浏览器设置里允许。",
  ),
  pushUnsupported: say(
    "This browser cannot ring while the page is closed. Install the page on the home screen first, or use another browser.",
    "这个浏览器关掉页面后不能响。请先把本页添加到桌面，或换一个浏览器。",
  ),
  pushFailed: say(
    "The browser’s push service did not answer. Alarms still sound at the gateway; try again in a moment.",
    "浏览器的推送服务没有应答。网关上的报警照常响，请稍后再试。",
  ),
};
