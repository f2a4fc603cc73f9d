import type { Link, Species, Trend } from "../api.ts";
import type { Level, Mood } from "../levels.ts";
import { counted, say, sayEach } from "./words-form.ts";

/** What is said of ponds and probes. */
export const pondWords = {
  ponds: say("Ponds", "塘"),
  policies: say("Policies", "保单"),
  pondsFine: say(
    (ponds: string) => `${counted(ponds, "pond")}, all right`,
    (ponds) => `${ponds} 口塘，都正常`,
  ),
  pondsNoDanger: say(
    (ponds: string) => `${counted(ponds, "pond")}, none in danger`,
    (ponds) => `${ponds} 口塘，都没有危险`,
  ),
  pondsNeed: say(
    (need: string, ponds: string) =>
      `${need} of ${counted(ponds, "pond")} ${need === "1" ? "needs" : "need"} you`,
    (need, ponds) => `${ponds} 口塘，${need} 口要去看`,
  ),
  noPonds: say("This farm has no ponds yet", "这个养殖场还没有塘"),
  noPondsHint: say("The provider adds a pond when its probes are paired.", "服务商配对探头后就会加上塘。"),
  species: sayEach<Species>(
    {
      "largemouth-bass": "Largemouth bass",
      "yellow-catfish": "Yellow catfish",
      "black-carp": "Black carp",
      prawn: "Prawns",
    },
    { "largemouth-bass": "加州鲈", "yellow-catfish": "黄颡鱼", "black-carp": "青鱼", prawn: "青虾" },
  ),
  moods: sayEach<Mood>(
    { good: "All right", watch: "Low", danger: "Danger", stale: "No reading" },
    { good: "正常", watch: "偏低", danger: "危险", stale: "没有读数" },
  ),
  levels: sayEach<Level>(
    {
      normal: "normal",
      low: "fish eat less",
      "hidden-gasping": "fish begin to gasp",
      "light-gasping": "fish gasp at the surface",
      gasping: "fish gasp everywhere",
      "heavy-gasping": "all fish gasp",
      "mass-kill": "fish die at this level",
    },
    {
      normal: "正常",
      low: "偏低",
      "hidden-gasping": "暗浮头",
      "light-gasping": "轻浮头",
      gasping: "浮头",
      "heavy-gasping": "重浮头",
      "mass-kill": "泛塘",
    },
  ),
  trends: sayEach<Trend>(
    { rising: "rising", falling: "falling", steady: "steady" },
    { rising: "上升", falling: "下降", steady: "平稳" },
  ),
  adviceAerate: say("Turn the aerator on", "开增氧机"),
  adviceAerateMore: say(
    "The aerator runs and it is not enough: add oxygen granules, stop feeding",
    "增氧机开着还不够：撒增氧剂，停食",
  ),
  adviceWatch: say("Feed less, look again before dawn", "少投料，天亮前再看"),
  adviceProbe: say("Look at the probe and its power", "去看探头和供电"),
  oxygen: say("Dissolved oxygen", "溶氧"),
  temperature: say("Water", "水温"),
  lastNight: say(
    (value: string) => `last night’s least ${value}`,
    (value) => `昨夜最低 ${value}`,
  ),
  thisNight: say(
    (value: string) => `this night’s least ${value}`,
    (value) => `今夜最低 ${value}`,
  ),
  last24h: say("Oxygen over the last 24 hours", "近 24 小时溶氧"),
  aerator: say("Aerator", "增氧机"),
  aeratorRuns: say(
    (ampere: string) => `runs, ${ampere} A`,
    (ampere) => `开着，${ampere} 安`,
  ),
  aeratorOff: say("draws no current", "没有电流"),
  probesOnline: say(
    (online: string, total: string) => `${online} of ${total} probes`,
    (online, total) => `探头 ${online}/${total}`,
  ),
  belowFor: say(
    (threshold: string, time: string) => `Below ${threshold} for ${time}`,
    (threshold, time) => `低于 ${threshold} 已 ${time}`,
  ),
  ifUntil: say(
    (time: string) => `If it goes on until ${time}:`,
    (time) => `若持续到 ${time}：`,
  ),
  pays: say(
    (money: string) => `payout ${money}`,
    (money) => `赔付 ${money}`,
  ),
  reachedPays: say(
    (money: string) => `Reached so far: ${money}`,
    (money) => `目前已达到：${money}`,
  ),
  topTier: say("The highest step is reached", "已到最高一档"),

  range: say("Time span", "时间范围"),
  day: say("Day", "一天"),
  week: say("Week", "一周"),
  season: say("Season", "一季"),
  year: say("Year", "一年"),
  earlier: say("Earlier", "往前"),
  later: say("Later", "往后"),
  hourByHour: say("The same as a table, hour by hour", "同样的数据，按小时列表"),
  hour: say("Hour", "时间"),
  least: say("least, mg/L", "最低，mg/L"),
  noReadings: say("No readings in this time", "这段时间没有读数"),
  noReadingsHint: say(
    "Choose a longer span, or look at the probes below.",
    "换一个更长的时间，或看看下面的探头。",
  ),
  chartHint: say("Touch or point at the chart to read a value", "点按图上任意处读数"),
  probes: say("Probes", "探头"),
  probe: say("Probe", "探头"),
  probeLinks: sayEach<Link>(
    { online: "online", stale: "silent", offline: "offline", never: "never heard of" },
    { online: "在线", stale: "无读数", offline: "离线", never: "从未上线" },
  ),
  everyPeriod: say(
    (period: string) => `every ${period}`,
    (period) => `每 ${period} 一次`,
  ),
  gaps: say(
    (n: string) => `${n} missing`,
    (n) => `缺 ${n} 条`,
  ),
  refusedCount: say(
    (n: string) => `${n} refused`,
    (n) => `拒收 ${n} 条`,
  ),
};
