import type { Parsed } from "./observation.ts";

/** One HTTP request; a secret stands in a header, never in the address. */
export type FeedRequest = {
  url: string;
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  body?: string;
};

/** Somebody who publishes observations about a subject (a place, a variety), and how to read what he says. */
export type Provider<Observation> = {
  name: string;
  /** What his answers are about. */
  data: "weather" | "fish-price";
  subject: string;
  request: FeedRequest;
  parse(body: unknown): Parsed<Observation>;
};
