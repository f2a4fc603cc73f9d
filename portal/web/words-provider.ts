import type { AlarmKind, Symptom, Trouble } from "../api-provider.ts";
import { counted, say, sayEach } from "./words-form.ts";

/** What is said to the provider: probes by trouble, gateways, new probes; and what an alarm says. */
export const providerWords = {
  provider: say("Provider", "服务商"),
  providerCard: say(
    "Which probe needs me? New probes, gateways, bond.",
    "哪个探头要去看？新探头、网关、保证金。",
  ),
  probesTitle: say("Probes by trouble", "探头，问题大的在前"),
  troubles: sayEach<Trouble>(
    { silent: "Silent", doubtful: "Doubtful", due: "Due", fine: "Fine" },
    { silent: "无读数", doubtful: "存疑", due: "该校准", fine: "正常" },
  ),
  troubleHints: sayEach<Trouble>(
    {
      silent: "Look at their power and network first.",
      doubtful: "Something about their readings is not right: look soon.",
      due: "Calibrate them at the next visit.",
      fine: "Nothing to do.",
    },
    {
      silent: "先看供电和网络。",
      doubtful: "读数有不对的地方，尽早去看。",
      due: "下次上门时校准。",
      fine: "不用处理。",
    },
  ),
  symptoms: sayEach<Symptom>(
    {
      "never-heard": "never heard of",
      silent: "sends nothing",
      tampered: "its case was opened",
      refused: "frames were refused",
      doubted: "many readings are doubted",
      clock: "its clock is not set",
      gaps: "many readings are missing",
      "calibration-overdue": "calibration is overdue",
    },
    {
      "never-heard": "从未上线",
      silent: "没有读数",
      tampered: "外壳被打开过",
      refused: "有数据被拒收",
      doubted: "存疑读数多",
      clock: "时钟没有对准",
      gaps: "缺数多",
      "calibration-overdue": "校准已过期",
    },
  ),
  noProbes: say("There are no probes yet", "还没有探头"),
  noProbesHint: say(
    "Open the window for new probes on this page, then switch a probe on.",
    "先在本页打开配对窗口，再给探头上电。",
  ),
  inNoPond: say("in no pond", "未分配到塘"),
  probeTitle: say(
    (id: string) => `Probe ${id}`,
    (id) => `探头 ${id}`,
  ),

  lifeTitle: say("How it is", "现况"),
  lastReading: say("Last reading", "最近读数"),
  sendsEvery: say("Sends every", "发送间隔"),
  readingsStored: say("Readings stored", "已存读数"),
  readingsMissing: say("Readings missing", "缺失读数"),
  framesRefused: say("Frames refused", "拒收数据"),
  doubtedOf: say("Doubted by the tests", "质检存疑"),
  ofNewest: say(
    (doubted: string, readings: string) => `${doubted} of the newest ${readings}`,
    (doubted, readings) => `最近 ${readings} 条中 ${doubted} 条`,
  ),
  delay: say("Reading to gateway", "读数到网关"),
  clockLabel: say("Clock", "时钟"),
  clockSet: say("set", "已对准"),
  clockUnset: say(
    (readings: string) => `not set in ${counted(readings, "reading")}`,
    (readings) => `${readings} 条读数时没有对准`,
  ),
  powerUps: say("Power-ups", "重新上电"),
  since: say(
    (times: string, date: string) => `${times} since ${date}`,
    (times, date) => `${date} 起 ${times} 次`,
  ),
  calibration: say("Calibration", "校准"),
  calibrationValid: say("in date", "有效"),
  calibrationOver: say("overdue", "已过期"),
  battery: say("Battery", "电量"),
  notMeasured: say("this probe does not measure it", "探头不测电量"),
  keyFingerprint: say("Fingerprint of its key", "密钥指纹"),
  unknown: say("not known yet", "尚无"),

  historyTitle: say("Its life", "经历"),
  noHistory: say("The gateway has nothing on record about this probe", "网关没有这个探头的记录"),
  noHistoryHint: say(
    "A probe that was there from the first day was not paired by hand.",
    "最初随系统装好的探头没有手工配对。",
  ),
  probeActions: sayEach<string>(
    {
      "key-presented": "showed its key",
      approved: "was paired",
      paired: "was entered with its key",
      refused: "was turned away",
      revoked: "was taken out of service",
      restored: "came back with a restored store",
    },
    {
      "key-presented": "出示密钥",
      approved: "配对通过",
      paired: "登记密钥",
      refused: "配对被拒",
      revoked: "停用",
      restored: "随数据恢复",
    },
  ),
  gapsTitle: say("Missing readings", "缺失读数"),
  noGaps: say("None in this time.", "这段时间没有缺。"),
  gapLine: say(
    (readings: string, from: string, to: string) => `${readings} missing: number ${from} to ${to}`,
    (readings, from, to) => `缺 ${readings} 条：第 ${from} 至 ${to} 条`,
  ),
  gapOne: say(
    (seq: string) => `1 missing: number ${seq}`,
    (seq) => `缺 1 条：第 ${seq} 条`,
  ),
  betweenTimes: say(
    (from: string, to: string) => `between ${from} and ${to}`,
    (from, to) => `${from} 至 ${to} 之间`,
  ),
  refusalsTitle: say("What was refused", "拒收原因"),

  pairingTitle: say("New probes", "新探头"),
  pairingHint: say(
    "Open the window, switch the probe on, and type what it shows. Whoever is not asked for stays out.",
    "打开窗口，给探头上电，再输入它显示的指纹。没有您的确认，谁也进不来。",
  ),
  pairingOpen: say(
    (minutes: string) => `Open for ${minutes}`,
    (minutes) => `打开 ${minutes}`,
  ),
  pairingLeft: say(
    (time: string) => `Open for another ${time}`,
    (time) => `窗口还开 ${time}`,
  ),
  pairingClosed: say("Closed: no new probe can ask to come in.", "已关闭：新探头无法申请加入。"),
  noPending: say("No probe is waiting.", "没有探头在等待。"),
  pendingFacts: say(
    (firmware: string, metrics: string) => `firmware ${firmware} · measures ${metrics}`,
    (firmware, metrics) => `固件 ${firmware} · 测 ${metrics}`,
  ),
  fingerprintLabel: say("Fingerprint as the probe shows it", "探头上显示的指纹"),
  fingerprintForm: say("12 letters and digits, as in 7K2M-0QXA-93TD", "12 位字母和数字，例如 7K2M-0QXA-93TD"),
  pair: say("Pair this probe", "配对这个探头"),
  turnAway: say("Turn it away", "拒绝"),
  paired: say("Paired. Its readings count from now on.", "已配对，从现在起它的读数有效。"),
  turnedAway: say("Turned away.", "已拒绝。"),
  wrongFingerprint: say(
    "That is not the fingerprint of this probe. Compare it once more; if it differs, turn it away.",
    "指纹对不上。请再核对一遍；如果确实不同，请拒绝。",
  ),
  gone: say(
    "It no longer waits. Open the window again and switch the probe off and on.",
    "它已不在等待。请重新打开窗口，再给探头断电上电。",
  ),

  gatewaysTitle: say("Gateways", "网关"),
  gatewayName: say("Gateway", "网关"),
  gatewayWell: say("all right", "正常"),
  gatewayReasons: sayEach<string>(
    {
      "not-answering": "does not answer: look at its power and network",
      "disk-nearly-full": "its disk is nearly full: make room",
      "broker-away": "its message broker is away: restart the gateway",
      "view-behind": "the charts’ database cannot keep up; evidence is not affected",
      "alarm-target-unreachable": "alarms cannot be delivered: look at the addresses",
      "store-failing": "readings cannot be stored: look at the disk now",
      "clock-not-trusted": "its clock is not trusted: look at its time source",
      other: "is not well: its log says why",
    },
    {
      "not-answering": "没有应答：看供电和网络",
      "disk-nearly-full": "存储快满了：请清理",
      "broker-away": "消息服务断开：请重启网关",
      "view-behind": "曲线数据库跟不上；证据不受影响",
      "alarm-target-unreachable": "报警送不出去：检查接收地址",
      "store-failing": "读数写不进去：马上检查存储",
      "clock-not-trusted": "网关时钟不可信：检查对时",
      other: "不正常：原因见网关日志",
    },
  ),

  bondTitle: say("Bond and batches", "保证金与批次"),
  bondHint: say(
    "It stands behind every batch. Whoever proves a batch false takes a part of it.",
    "每一批数据都由它担保。谁证明批次有假，就从中扣罚。",
  ),
  bondHeld: say("Bond", "保证金"),
  bondLeaving: say("asked back", "申请取回"),
  bondSlashed: say("times slashed", "被扣罚次数"),
  bondEnough: say("Enough to anchor batches.", "足够继续存证。"),
  bondTooLittle: say(
    "Too little: the ledger refuses new batches until it is topped up.",
    "不足：补足之前账本不收新批次。",
  ),
  accountOnLedger: say("Account on the ledger", "账本账户"),
  noBond: say("No bond is posted", "没有缴存保证金"),
  noBondHint: say("Without it the ledger takes no batch.", "没有保证金，账本不收批次。"),

  alarms: say("Alarms", "报警"),
  noAlarms: say("No alarms", "没有报警"),
  noAlarmsHint: say(
    "The gateway sounds one when oxygen falls, the aerator stops or a probe is silent.",
    "溶氧下降、增氧机停转或探头没有读数时，网关会报警。",
  ),
  alarmKinds: sayEach<AlarmKind>(
    {
      "oxygen-low": "Oxygen is low: turn the aerator on",
      "oxygen-forecast": "Oxygen will be low before dawn: run the aerator tonight",
      "aerator-off": "The aerator draws no current: look at it",
      "probe-silent": "A probe is silent: look at its power",
    },
    {
      "oxygen-low": "溶氧低：开增氧机",
      "oxygen-forecast": "天亮前溶氧会低：今夜开增氧机",
      "aerator-off": "增氧机没有电流：去看看",
      "probe-silent": "探头没有读数：看供电",
    },
  ),
  alarmOver: say(
    (time: string) => `over since ${time}`,
    (time) => `${time} 已解除`,
  ),
  alarmHeard: say(
    (time: string) => `acknowledged ${time}`,
    (time) => `${time} 已确认`,
  ),
  acknowledge: say("I have seen it", "知道了"),
  acknowledgeHint: say("Nobody else is called for it any more.", "确认后不再通知其他人。"),
};
