import type { PushLanguage, PushSubscriptionKeys } from "../push.ts";
import { getJson, post } from "./portal-api.ts";

/** Whether alarms reach this browser while the page is closed; `unoffered`: the portal sends none. */
export type PushState = "unoffered" | "unsupported" | "denied" | "off" | "on";

export async function pushState(signal: AbortSignal): Promise<PushState> {
  if (!(await serverKey(signal)).ok) return "unoffered";
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return (await current()) === null ? "off" : "on";
}

/** Asks the reader, the browser's push service and the portal, in this order; `failed` when one of the last two refuses. */
export async function switchPushOn(
  language: PushLanguage,
  signal: AbortSignal,
): Promise<PushState | "failed"> {
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  const key = await serverKey(signal);
  if (!key.ok) return "failed";
  const { pushManager } = await navigator.serviceWorker.ready;
  try {
    const subscription = await pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: key.value.publicKey,
    });
    const { endpoint, keys } = subscription.toJSON() as PushSubscriptionKeys;
    const answer = await post("/api/v1/push/subscriptions", { endpoint, keys, language }, signal);
    if (answer.ok) return "on";
    await subscription.unsubscribe();
    return "failed";
  } catch {
    // What a browser throws here differs from one to the next; to the reader it is one thing.
    return "failed";
  }
}

export async function switchPushOff(signal: AbortSignal): Promise<PushState> {
  const subscription = await current();
  if (subscription === null) return "off";
  // The portal first: were it last and failed, it would go on sending to nobody until the push service says so.
  await post("/api/v1/push/subscriptions/remove", { endpoint: subscription.endpoint }, signal);
  await subscription.unsubscribe();
  return "off";
}

function serverKey(signal: AbortSignal) {
  return getJson<{ publicKey: string }>("/api/v1/push/key", signal);
}

async function current(): Promise<PushSubscription | null> {
  const { pushManager } = await navigator.serviceWorker.ready;
  return pushManager.getSubscription();
}
