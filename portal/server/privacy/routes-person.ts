import type { FastifyInstance } from "fastify";
import type { Person, PersonExport } from "../../api.ts";
import { SIGNED_IN } from "../access/access.ts";
import type { AccessLog } from "../access/access-log.ts";
import { clearSessionCookie } from "../access/session-cookie.ts";
import type { StandingSource } from "../access/standing-from-ledger.ts";
import type { Viewer } from "../access/viewer.ts";
import type { Forgetting } from "./forgetting.ts";
import type { People } from "./people.ts";

const NOBODY: Person = { name: "", phone: "", address: "" };
const WRITES_PER_MINUTE = { max: 20, timeWindow: 60_000 };

const text = (maxLength: number) => ({ type: "string", maxLength }) as const;
const person = {
  type: "object",
  additionalProperties: false,
  required: ["name", "phone", "address"],
  properties: { name: text(100), phone: text(40), address: text(200) },
} as const;

/** What one has said of himself: to read, to change, to take along, to erase. Only one's own, whoever one is. */
export function addPersonRoutes(
  app: FastifyInstance,
  {
    people,
    forgetting,
    standing,
    accessLog,
  }: { people: People; forgetting: Forgetting; standing: StandingSource; accessLog: AccessLog },
): void {
  const own = (viewer: Viewer) =>
    forgetting.directory.ponds.filter(({ ledgerId }) => viewer.isFarmerOf(ledgerId));

  app.get(
    "/api/v1/me/person",
    { config: { access: SIGNED_IN } },
    ({ viewer }): Person => ({
      ...NOBODY,
      ...people.of(viewer!.account),
    }),
  );

  app.put<{ Body: Person }>(
    "/api/v1/me/person",
    { config: { access: SIGNED_IN, rateLimit: WRITES_PER_MINUTE }, schema: { body: person } },
    ({ viewer, body }) => {
      people.save(viewer!.account, body);
      return body;
    },
  );

  app.get("/api/v1/me/export.json", { config: { access: SIGNED_IN } }, ({ viewer }, reply) => {
    const ponds = own(viewer!).map((pond) => ({
      id: pond.id,
      ledgerId: pond.ledgerId,
      name: pond.name,
      grants: standing.last().consentsOf(pond.ledgerId),
      reads: accessLog.of(pond.ledgerId),
    }));
    const all: PersonExport = {
      account: viewer!.account,
      roles: [...viewer!.roles],
      person: { ...NOBODY, ...people.of(viewer!.account) },
      ponds,
    };
    return reply.header("content-disposition", 'attachment; filename="pondproof-my-data.json"').send(all);
  });

  app.delete("/api/v1/me/person", { config: { access: SIGNED_IN } }, (request, reply) => {
    const ponds = own(request.viewer!);
    for (const farm of new Set(ponds.map(({ farm: id }) => id))) forgetting.forget(farm);
    people.erase(
      request.viewer!.account,
      ponds.map(({ ledgerId }) => ledgerId),
    );
    clearSessionCookie(reply, request.origin);
    return reply.code(204).send();
  });
}
