import { FARMS } from "../firmware-sim/farms.ts";
import { SCENARIOS, type ScenarioName } from "../firmware-sim/scenarios.ts";
import type { Institution, Scenario, Species } from "../portal/api.ts";
import type { Directory } from "../portal/server/directory.ts";
import { toHex } from "../protocol/bytes.ts";
import { deviceId } from "../protocol/signature.ts";
import type { Hex } from "../protocol/terms.ts";
import type { DemoProbe } from "./ponds.ts";

type Names = { en: string; zh: string };

// Names are what a ledger never sees; the pond model has only the English ones.
const FARM_NAMES: Record<string, Names> = {
  huzhou: { en: "Daochang Bass Farm", zh: "道场鲈鱼养殖场" },
  linghu: { en: "Linghu Cooperative", zh: "菱湖养殖合作社" },
};
const POND_NAMES: Record<string, Names> = {
  "huzhou-1": { en: "Lakeside", zh: "湖边塘" },
  "huzhou-2": { en: "East", zh: "东塘" },
  "huzhou-3": { en: "Mulberry", zh: "桑园塘" },
  "linghu-1": { en: "Old Canal", zh: "老河塘" },
  "linghu-2": { en: "Prawn", zh: "虾塘" },
  "linghu-3": { en: "Nursery", zh: "苗种塘" },
};
const SPECIES: Record<string, Species> = {
  "largemouth bass": "largemouth-bass",
  "yellow catfish": "yellow-catfish",
  "black carp": "black-carp",
  "oriental river prawn": "prawn",
};
const STORIES: Record<ScenarioName, { title: string; story: string }> = {
  "calm-week": { title: "平静的一周", story: "七个普通的夏日。夜里开增氧机,没有人理赔。" },
  "hypoxia-night": {
    title: "倒藻",
    story: "阴天之后投保塘的藻类死亡,电压低,一半水车停转,溶氧低于 2 毫克/升约三小时。",
  },
  "aerator-failure": {
    title: "增氧机坏了",
    story: "傍晚投保塘的水车叶轮脱落,电机空转,溶氧一路下降,低于 2 毫克/升直到第二天上午修好。",
  },
  "cut-cable": { title: "探头断线", story: "增氧机出故障前一小时,三个探头中有一个断线。剩下两个,够了。" },
  "tampered-frame": {
    title: "数据在途中被改",
    story: "半小时里有人在线路上改探头的读数。改过的数据验签都通不过。",
  },
  "replayed-frame": { title: "旧数据重发", story: "有人把一小时前的读数一遍遍重发。每条只算一次。" },
  "wrong-clock": { title: "时钟错了", story: "一个探头的时钟快了两小时,持续四十分钟;后来又慢两分钟。" },
  "cloned-key": {
    title: "密钥被盗",
    story: "另一台设备用同一把密钥,说塘里没有氧。同一个序号两条记录,就是证据。",
  },
  "lying-oracle": {
    title: "运营方造假",
    story: "一个平常的夜晚。运营方把从未发生的缺氧写上账本,还据此提出理赔。手里有原始读数的人都能揭穿。",
  },
};

/** The scenarios as the page shows them. */
export const scenarioList: Scenario[] = Object.values(SCENARIOS).map(({ name, title, description }) => ({
  name,
  title: { en: title, zh: STORIES[name].title },
  story: { en: description, zh: STORIES[name].story },
}));

/** The portal's directory: names, and which opaque pond of the ledger they belong to. */
export function directoryOf(
  probes: readonly DemoProbe[],
  { ledgerPondId, institutions }: { ledgerPondId: (pond: string) => Hex; institutions: Institution[] },
): Directory {
  const ponds = FARMS.flatMap((farm) => farm.ponds.map((pond) => ({ farm: farm.id, pond })));
  const inUse = ponds.filter(({ pond }) => probes.some((probe) => probe.pond === pond.id));
  return {
    site: {
      name: { en: "Huzhou freshwater base", zh: "湖州淡水基地" },
      timeZone: "Asia/Shanghai",
      latitude: FARMS[0]!.ponds[0]!.place.latitudeDeg,
      longitude: FARMS[0]!.ponds[0]!.place.longitudeDeg,
    },
    farms: [...new Set(inUse.map(({ farm }) => farm))].map((id) => ({ id, name: FARM_NAMES[id]! })),
    institutions,
    ponds: inUse.map(({ farm, pond }) => ({
      id: pond.id,
      farm,
      name: POND_NAMES[pond.id]!,
      areaMu: pond.areaMu,
      depthM: pond.depthM,
      species: SPECIES[pond.species]!,
      ledgerId: ledgerPondId(pond.id),
      probes: probes
        .filter((probe) => probe.pond === pond.id)
        .map(({ signer }) => toHex(deviceId(signer.publicKey)).slice(2)),
    })),
  };
}
