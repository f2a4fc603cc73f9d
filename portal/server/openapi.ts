import fastifySwagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { type Access, ANYONE } from "./access/access.ts";

const PROBLEM = {
  description: "What went wrong, in one sentence (RFC 9457).",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
} as const;

const text = { type: "string" as const };

const COMPONENTS = {
  schemas: {
    Problem: {
      type: "object" as const,
      required: ["type", "title", "status", "detail", "code"],
      properties: { type: text, title: text, status: { type: "integer" as const }, detail: text, code: text },
    },
  },
  securitySchemes: {
    session: {
      type: "apiKey" as const,
      in: "cookie",
      name: "pondproof",
      description: "Set by POST /api/v1/session (EIP-4361); named __Host-pondproof where the page has TLS.",
    },
  },
};

/** Describes every route that is added from now on, from its own schemas (OpenAPI 3.0). */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      info: {
        title: "Pondproof portal",
        version: "1",
        description:
          "What changes something must come from the portal's own page: with its Origin and the header x-pondproof-intent.",
      },
      components: COMPONENTS,
    },
    transform: ({ schema, url, route }) => {
      const access = route.config?.access;
      const hide = !url.startsWith("/api/");
      const described = {
        ...schema,
        hide,
        description: access === undefined ? "" : whoMay(access),
        security: access?.to === "anyone" ? [] : [{ session: [] }],
        response: { 200: { description: "The answer." }, "4xx": PROBLEM, "5xx": PROBLEM },
      };
      return { schema: described, url };
    },
  });
}

/** The description itself. */
export function addDescription(app: FastifyInstance): void {
  app.get("/api/v1/openapi.json", { config: { access: ANYONE } }, () => app.swagger());
}

function whoMay(access: Access): string {
  switch (access.to) {
    case "anyone":
      return "Anybody.";
    case "signed-in":
      return "Whoever is signed in, about himself.";
    case "roles":
      return `Whoever holds one of these roles on the ledger: ${access.roles.join(", ")}.`;
    case "farmer-of":
      return "The farmer of this pond.";
    case "pond":
      return `Whoever may read this pond's data for one of: ${access.purposes.join(", ")}.`;
    case "ponds-in-sight":
      return "Whoever is signed in; the answer holds what he may see.";
  }
}
