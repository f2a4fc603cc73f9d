import type { FastifyInstance } from "fastify";
import type { PushLanguage, PushSubscriptionKeys } from "../../push.ts";
import { SIGNED_IN } from "../access/access.ts";
import { sendProblem } from "../problems.ts";
import { isPushEndpoint } from "./push-service.ts";
import type { Subscriptions } from "./subscriptions.ts";

const base64url = (bytes: number) => ({
  type: "string",
  pattern: `^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}=*$`,
  maxLength: 128,
});
const endpoint = { type: "string", minLength: 1, maxLength: 1_024 };
const exactly = (properties: Record<string, object>) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/** By which a browser begins and ends to be told of alarms; each person's own and nobody else's. */
export function addPushRoutes(
  app: FastifyInstance,
  {
    subscriptions,
    publicKey,
    hosts,
  }: { subscriptions: Subscriptions; publicKey: string; hosts: readonly string[] },
): void {
  const config = { access: SIGNED_IN };

  app.get("/api/v1/push/key", { config }, () => ({ publicKey }));

  app.post<{ Body: PushSubscriptionKeys & { language: PushLanguage } }>(
    "/api/v1/push/subscriptions",
    {
      config,
      schema: {
        body: exactly({
          endpoint,
          keys: exactly({ p256dh: base64url(65), auth: base64url(16) }),
          language: { enum: ["en", "zh"] },
        }),
      },
    },
    ({ body, viewer }, reply) => {
      if (!isPushEndpoint(body.endpoint, hosts))
        return sendProblem(reply, "bad-request", "this browser's push service is not on the provider's list");
      subscriptions.put({ account: viewer!.account, ...body });
      return reply.code(204).send();
    },
  );

  app.post<{ Body: { endpoint: string } }>(
    "/api/v1/push/subscriptions/remove",
    { config, schema: { body: exactly({ endpoint }) } },
    ({ body, viewer }, reply) => {
      subscriptions.remove({ account: viewer!.account, endpoint: body.endpoint });
      return reply.code(204).send();
    },
  );
}
