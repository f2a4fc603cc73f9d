import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { createLiveStore, type LiveState } from "./live-store.ts";

const LiveContext = createContext<LiveState | undefined>(undefined);

/** What the server says as it happens to whoever is signed in; of one farm, or of everything that he may see. */
export function LiveProvider({
  farm,
  account,
  children,
}: {
  farm: string | undefined;
  account: string | undefined;
  children: ReactNode;
}) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: somebody else is told something else
  const store = useMemo(() => createLiveStore({ farm }), [farm, account]);
  useEffect(() => store.connect(), [store]);
  const state = useSyncExternalStore(store.subscribe, store.getState);
  return <LiveContext value={state}>{children}</LiveContext>;
}

export function useLive(): LiveState {
  return useContext(LiveContext)!;
}

/**
 * The time at the ponds, by the server's clock: the simulation's where there is one. While nothing is heard it goes on
 * by itself, so that ages keep growing.
 */
export function useNowMs(): number {
  const { tick, connection } = useLive();
  const [silentMs, setSilentMs] = useState(0);
  const speed = tick?.simulation?.speed ?? 1;
  useEffect(() => {
    setSilentMs(0);
    if (connection !== "lost") return;
    const beganMs = performance.now();
    const timer = setInterval(() => setSilentMs(performance.now() - beganMs), 1000);
    return () => clearInterval(timer);
  }, [connection]);
  return tick === null ? Date.now() : tick.nowMs + silentMs * speed;
}
