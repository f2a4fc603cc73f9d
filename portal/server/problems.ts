import type { FastifyReply } from "fastify";
import type { Problem } from "../api.ts";

/** Every problem that the API answers with; the code is what a page's words hang on. */
const PROBLEMS = {
  "bad-request": { status: 400, title: "The request is not acceptable." },
  "not-signed-in": { status: 401, title: "Nobody is signed in." },
  "sign-in-refused": { status: 401, title: "That signature signs nobody in." },
  "wrong-role": { status: 403, title: "Your account may not do this." },
  "no-consent": { status: 403, title: "There is no consent for this." },
  "ledger-silent": { status: 503, title: "The ledger does not say who may read." },
  "wrong-origin": { status: 403, title: "This page may not act here." },
  "wrong-host": { status: 421, title: "This server does not answer to that name." },
  "unknown-route": { status: 404, title: "There is no such address." },
  "unknown-pond": { status: 404, title: "There is no such pond." },
  "unknown-claim": { status: 404, title: "There is no such claim." },
  "unknown-probe": { status: 404, title: "There is no such probe." },
  "unknown-alarm": { status: 404, title: "There is no such alarm." },
  "unknown-stream": { status: 404, title: "There is no such probe." },
  "unknown-request": { status: 404, title: "No such request waits." },
  "unknown-account": { status: 404, title: "There is no such account." },
  "unknown-scenario": { status: 404, title: "There is no such scenario." },
  "not-found-upstream": { status: 404, title: "That is not in the archive." },
  conflict: { status: 409, title: "The ledger refused." },
  "wrong-fingerprint": { status: 409, title: "That is not the fingerprint of this probe." },
  "too-many-requests": { status: 429, title: "Too many requests." },
  "too-many-listeners": { status: 503, title: "Too many live connections." },
  "too-large": { status: 413, title: "That is too much for one answer." },
  "too-busy": { status: 503, title: "Too many of these at once." },
  "upstream-down": { status: 502, title: "A part of the system does not answer." },
  internal: { status: 500, title: "Something went wrong here." },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Answers with application/problem+json; `detail` says what happened this time. */
export function sendProblem(reply: FastifyReply, code: ProblemCode, detail: string): FastifyReply {
  const { status, title } = PROBLEMS[code];
  const problem: Problem = { type: "about:blank", title, status, detail, code };
  // As bytes: to a string Fastify would add a charset, which problem+json does not have.
  return reply
    .code(status)
    .header("content-type", "application/problem+json")
    .send(Buffer.from(JSON.stringify(problem)));
}
