import { useCallback, useEffect, useState } from "react";
import type { Problem } from "../api.ts";
import { getJson } from "./portal-api.ts";

/** Something that was asked of the server: what is known of it stays when a later question fails. */
export type Resource<T> = {
  data: T | undefined;
  failed: { problem: Problem | undefined } | undefined;
  reload(): void;
};

/** Asks for `path`, again whenever it or `version` changes, and every `everyMs` where given. */
export function useResource<T>(
  path: string,
  { everyMs, version }: { everyMs?: number; version?: string | number } = {},
): Resource<T> {
  const [state, setState] = useState<{ path: string; data?: T; failed?: Resource<T>["failed"] }>({ path });
  const [asked, setAsked] = useState(0);
  const reload = useCallback(() => setAsked((count) => count + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` and `version` only say that it is time to ask again
  useEffect(() => {
    const leaving = new AbortController();
    void getJson<T>(path, leaving.signal).then((answer) => {
      if (leaving.signal.aborted) return;
      setState((known) => {
        if (answer.ok) return { path, data: answer.value };
        const failed = { problem: answer.problem };
        return known.path === path && known.data !== undefined
          ? { path, data: known.data, failed }
          : { path, failed };
      });
    });
    return () => leaving.abort();
  }, [path, asked, version]);

  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);

  const current = state.path === path;
  return { data: current ? state.data : undefined, failed: current ? state.failed : undefined, reload };
}
