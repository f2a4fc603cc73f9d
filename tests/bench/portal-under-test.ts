import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storePathOf } from "../../edge/gateway.ts";
import type { Directory } from "../../portal/server/directory.ts";
import { toHex } from "../../protocol/bytes.ts";
import { deviceId } from "../../protocol/signature.ts";
import { buildPage } from "../browser/built-page.ts";
import { site } from "../unit/portal/fixture/story.ts";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { createProbe } from "../unit/protocol/signed-stream.ts";
import { startGatewayProcess } from "./gateway-process.ts";
import { fillStore } from "./year-store.ts";

const DAY_MS = 86_400_000;
const PROBES_PER_POND = 3;

export type PortalUnderTest = AsyncDisposable & {
  url: string;
  pond: string;
  farm: string;
  nowMs: number;
  readings: number;
  cookie: string;
};

/** A portal with its page, over a gateway of its own process whose store is full. */
export async function startPortalUnderTest({
  probes: count,
  periodMs,
  days,
}: {
  probes: number;
  periodMs: number;
  days: number;
}): Promise<PortalUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "pondproof-bench-"));
  const publicKeys = Array.from({ length: count }, () => createProbe().publicKey);
  const nowMs = Date.now();
  const dataDir = join(folder, "gateway");
  await mkdir(dataDir, { recursive: true });
  const fromMs = nowMs - days * DAY_MS;
  const readings = fillStore({ path: storePathOf({ dataDir }), publicKeys, periodMs, fromMs, toMs: nowMs });
  const gateway = await startGatewayProcess({ folder, site: "bench", publicKeys, periodMs });
  const built = await buildPage();
  const directory = directoryOf(publicKeys);
  const world = await startWorld({
    ...built,
    gateway: gateway.http,
    directory,
    clock: { now: Date.now },
  });
  const { cookie } = await world.signedInAs("registrar");
  return {
    url: world.url,
    pond: directory.ponds[0]!.id,
    farm: directory.farms[0]!.id,
    nowMs,
    readings,
    cookie,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await built[Symbol.asyncDispose]();
      await gateway.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function directoryOf(publicKeys: readonly Uint8Array[]): Directory {
  const farms = [{ id: "bench", name: { en: "Bench", zh: "试验场" } }];
  const devices = publicKeys.map((key) => toHex(deviceId(key)).slice(2));
  const ponds = Array.from({ length: Math.ceil(devices.length / PROBES_PER_POND) }, (_, i) => ({
    id: `pond-${i}`,
    farm: "bench",
    name: { en: `Pond ${i}`, zh: `${i} 号塘` },
    areaMu: 10,
    depthM: 1.8,
    species: "largemouth-bass" as const,
    ledgerId: `0x${i.toString(16).padStart(64, "0")}` as const,
    probes: devices.slice(PROBES_PER_POND * i, PROBES_PER_POND * (i + 1)),
  }));
  return { site, farms, ponds };
}
