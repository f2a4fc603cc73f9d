import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INTENT_HEADER, type Problem } from "../../../../portal/api.ts";
import type {
  AlarmView,
  GatewayView,
  Pairing,
  ProbeHealth,
  ProbeLife,
} from "../../../../portal/api-provider.ts";
import { refusedIn, symptomsOf, troubleOf } from "../../../../portal/server/provider/probe-health.ts";
import { FLAG } from "../../../../protocol/record.ts";
import { probesOf } from "../fixture/story.ts";
import { eventually, startWorld } from "../fixture/world.ts";

const sound = { link: "online", refused: 0, holes: 0, nextSeq: 100, newest: [] } as const;
const point = (flags = 0, quality?: number[]) => ({
  timeMs: 1,
  seq: 1,
  flags,
  ...(quality === undefined ? {} : { quality }),
});

describe("what is wrong with a probe", () => {
  it.each([
    ["fine", "nothing", {}],
    ["silent", "silence", { link: "stale" as const }],
    ["silent", "never having been heard", { link: "never" as const }],
    ["doubtful", "refused frames", { refused: 1 }],
    ["doubtful", "an opened case", { newest: [point(FLAG.tampered), point()] }],
    ["doubtful", "a clock that is not set", { newest: [point(FLAG.clockNotSynchronised)] }],
    ["doubtful", "doubted readings", { newest: [point(0, [3, 1]), point()] }],
    ["doubtful", "many missing readings", { holes: 6 }],
    ["due", "an overdue calibration", { newest: [point(FLAG.calibrationOverdue)] }],
    [
      "doubtful",
      "an overdue calibration and refused frames",
      { newest: [point(FLAG.calibrationOverdue)], refused: 1 },
    ],
  ] as const)("makes it %s for %s", (trouble, _, change) => {
    expect(troubleOf(symptomsOf({ ...sound, ...change }))).toBe(trouble);
  });

  it("is not a single spike among its newest readings, nor what is over", () => {
    const newest = [point(0, [3, 1]), ...Array.from({ length: 20 }, () => point())];
    expect(symptomsOf({ ...sound, newest })).toEqual([]);
    expect(symptomsOf({ ...sound, newest: [point(FLAG.clockNotSynchronised), point()] })).toEqual([]);
  });

  it("counts no frame against it that came twice, late or early", () => {
    expect(refusedIn({ stored: 9, duplicate: 3, late: 2, ahead: 1, "bad-signature": 4 })).toBe(4);
  });
});

describe("the provider's routes", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  beforeAll(async () => {
    world = await startWorld();
    await eventually(
      () => get<ProbeHealth[]>("/api/v1/provider/probes"),
      (probes) => probes.some(({ readings }) => readings > 0),
    );
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** Pond routes are asked as the ponds' farmer, all others as their provider. */
  const ask = (path: string, init?: RequestInit) =>
    world.as(path.includes("/ponds/") ? "farmer-daochang" : "registrar")(path, init);
  const get = async <T>(path: string) => (await (await ask(path)).json()) as T;
  const send = (path: string, body: unknown, headers: Record<string, string> = ownPage()) =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const ownPage = () => ({ [INTENT_HEADER]: "1", origin: world.url });

  it("list probes by trouble", async () => {
    const probes = await get<ProbeHealth[]>("/api/v1/provider/probes");
    expect(probes.map(({ trouble }) => trouble)).toEqual([
      ...Array(3).fill("silent"),
      "doubtful",
      ...Array(8).fill("fine"),
    ]);
    expect(probes[3]).toMatchObject({ pond: "east", symptoms: ["refused"], holes: 1, refused: 3 });
  });

  it("tell a probe's life: pairing, gaps with their times, what was refused", async () => {
    const [, probe] = probesOf("east");
    const life = await get<ProbeLife>(`/api/v1/provider/probes/${probe!.device}`);
    expect(life.events.map(({ action }) => action)).toEqual(["key-presented", "approved"]);
    const around = [609, 611].map((seq) => probe!.readings.find((reading) => reading.seq === seq)!.timeMs);
    expect(life.gaps).toEqual([{ fromSeq: 610, toSeq: 610, fromMs: around[0], toMs: around[1] }]);
    expect(life).toMatchObject({ refusals: { "bad-signature": 3 }, calibrationOverdue: false, powerUps: 0 });
    expect(life.fingerprint).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$/);
  });

  it("know no other probe", async () => {
    const answer = await ask(`/api/v1/provider/probes/${"0".repeat(16)}`);
    expect(answer.status).toBe(404);
    expect(((await answer.json()) as Problem).code).toBe("unknown-probe");
    expect((await ask("/api/v1/provider/probes/nonsense")).status).toBe(400);
  });

  it("hand on why a gateway is not well, without what its probes' list says", async () => {
    expect(await get<GatewayView[]>("/api/v1/provider/gateways")).toMatchObject([
      { up: true, ok: false, reasons: ["disk-nearly-full"] },
    ]);
  });

  it("pair a probe only by the fingerprint that it shows, and only from our own page", async () => {
    const { operator } = world.gateway;
    const approve = `/api/v1/provider/pairing/${operator.device}/approve`;
    const { fingerprint } = operator;
    expect((await send(approve, { fingerprint }, {})).status).toBe(403);
    expect((await send(approve, { fingerprint: "nonsense" })).status).toBe(400);
    const wrong = await send(approve, { fingerprint: "0000-0000-0000" });
    expect(((await wrong.json()) as Problem).code).toBe("wrong-fingerprint");
    expect((await send("/api/v1/provider/pairing/window", { seconds: 9_999 })).status).toBe(400);
    expect((await send("/api/v1/provider/pairing/window", { seconds: 60 })).status).toBe(204);
    expect((await get<Pairing>("/api/v1/provider/pairing")).openForSeconds).toBe(60);
    expect((await send(approve, { fingerprint })).status).toBe(204);
    expect((await get<Pairing>("/api/v1/provider/pairing")).pending).toEqual([]);
    expect(((await (await send(approve, { fingerprint })).json()) as Problem).code).toBe("unknown-probe");
  });

  it("show a pond its own alarms, the unheard first, and take the farmer's word for one of them", async () => {
    const alarms = await get<AlarmView[]>("/api/v1/ponds/east/alarms");
    expect(alarms.map(({ id }) => id)).toEqual([4, 3, 1]);
    expect((await get<AlarmView[]>("/api/v1/ponds/mulberry/alarms")).map(({ id }) => id)).toEqual([2]);
    const acknowledge = (pond: string, id: number) =>
      send(`/api/v1/ponds/${pond}/alarms/${id}/acknowledge`, {});
    expect((await acknowledge("lakeside", 4)).status).toBe(404);
    expect((await acknowledge("east", 4)).status).toBe(204);
    expect((await get<AlarmView[]>("/api/v1/ponds/east/alarms")).map(({ id }) => id)).toEqual([3, 4, 1]);
    expect((await acknowledge("east", 4)).status).toBe(404);
    expect((await ask("/api/v1/ponds/nowhere/alarms")).status).toBe(404);
  });
});
