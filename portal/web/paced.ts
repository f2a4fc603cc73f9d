import { useEffect, useRef, useState } from "react";
import type { Resource } from "./resource.ts";

const EVERY_MS = 3_000;

/** A value that changes at most every three seconds, or at once when `key` does: a fast clock must not flood the server. */
export function usePaced<T>(value: T, key: string): T {
  const [held, setHeld] = useState({ value, key });
  const latest = useRef(value);
  latest.current = value;
  useEffect(() => {
    const timer = setInterval(() => setHeld({ value: latest.current, key }), EVERY_MS);
    return () => clearInterval(timer);
  }, [key]);
  if (held.key === key) return held.value;
  setHeld({ value, key });
  return value;
}

/** A resource that shows its last answer while the next one is under way. */
export function useLatest<T>(resource: Resource<T>): Resource<T> {
  const last = useRef<T>(undefined);
  if (resource.data !== undefined) last.current = resource.data;
  return { ...resource, data: last.current };
}
