import type { FastifyInstance } from "fastify";
import type { AlarmView } from "../api-provider.ts";
import { POND_DATA } from "./access/access.ts";
import type { Directory, DirectoryPond } from "./directory.ts";
import { sendProblem } from "./problems.ts";
import { type GatewayAlarm, isAlarms } from "./provider/operator-messages.ts";
import type { Answer, Upstream } from "./upstream.ts";

const pondParam = { type: "string", pattern: "^[a-z0-9-]{1,64}$" } as const;

/** What the gateway raised an alarm for at a pond, and the farmer's word that he has heard it. */
export function addAlarmRoutes(
  app: FastifyInstance,
  { gateway, directory, signal }: { gateway: Upstream; directory: Directory; signal: AbortSignal },
): void {
  const pondOf = (id: string) => directory.ponds.find((pond) => pond.id === id);
  const alarmsOf = async (pond: DirectoryPond): Promise<Answer<AlarmView[]>> => {
    const answer = await gateway.json("/api/v1/alarms", { signal });
    if (!answer.ok) return answer;
    if (!isAlarms(answer.value))
      return { ok: false, status: undefined, code: undefined, detail: "not alarms" };
    const { open, recent } = answer.value;
    const all = new Map([...recent, ...open].map((alarm) => [alarm.id, alarm]));
    const own = [...all.values()].filter(
      ({ subject }) => subject === pond.id || pond.probes.includes(subject),
    );
    return { ok: true, value: own.map(alarmView).sort(unheardFirst) };
  };

  app.get<{ Params: { pond: string } }>(
    "/api/v1/ponds/:pond/alarms",
    {
      config: { access: POND_DATA },
      schema: { params: { type: "object", properties: { pond: pondParam } } },
    },
    async ({ params }, reply) => {
      const pond = pondOf(params.pond);
      if (pond === undefined) return sendProblem(reply, "unknown-pond", `no pond "${params.pond}"`);
      const alarms = await alarmsOf(pond);
      return alarms.ok ? alarms.value : sendProblem(reply, "upstream-down", `gateway: ${alarms.detail}`);
    },
  );

  app.post<{ Params: { pond: string; alarm: number } }>(
    "/api/v1/ponds/:pond/alarms/:alarm/acknowledge",
    {
      config: { access: { to: "farmer-of", param: "pond" } },
      schema: {
        params: {
          type: "object",
          properties: { pond: pondParam, alarm: { type: "integer", minimum: 1, maximum: 2 ** 48 } },
        },
      },
    },
    async ({ params }, reply) => {
      const pond = pondOf(params.pond);
      if (pond === undefined) return sendProblem(reply, "unknown-pond", `no pond "${params.pond}"`);
      const alarms = await alarmsOf(pond);
      if (!alarms.ok) return sendProblem(reply, "upstream-down", `gateway: ${alarms.detail}`);
      // The number alone would reach the alarms of every other pond.
      if (!alarms.value.some(({ id }) => id === params.alarm))
        return sendProblem(reply, "unknown-alarm", `pond "${pond.id}" has no alarm ${params.alarm}`);
      const body = { by: pond.farm };
      const path = `/api/v1/alarms/${params.alarm}/acknowledge`;
      const answer = await gateway.send(path, { method: "POST", body, signal });
      if (!answer.ok && answer.status === 404)
        return sendProblem(reply, "unknown-alarm", "it is over, or was acknowledged before");
      return answer.ok
        ? reply.code(204).send()
        : sendProblem(reply, "upstream-down", `gateway: ${answer.detail}`);
    },
  );
}

function alarmView({ subject: _, ...alarm }: GatewayAlarm): AlarmView {
  const { id, kind, level, raisedAtMs, clearedAtMs, acknowledgedAtMs } = alarm;
  return { id, kind, level, raisedAtMs, clearedAtMs, acknowledgedAtMs };
}

/** Open ones that nobody has acknowledged, then open ones, then the newest. */
function unheardFirst(a: AlarmView, b: AlarmView): number {
  const rank = ({ clearedAtMs, acknowledgedAtMs }: AlarmView) =>
    clearedAtMs !== null ? 2 : acknowledgedAtMs !== null ? 1 : 0;
  return rank(a) - rank(b) || b.raisedAtMs - a.raisedAtMs;
}
