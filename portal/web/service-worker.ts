// Keeps the page's shell, its HTML and the files that it names, so that an installed page opens without a network. It
// never touches the API: what a signed-in person reads is nowhere but in the page that he looks at. And it shows alarms
// while the page is closed.
import type { PushMessage } from "../push.ts";
import { noticeOf } from "./push-notice.ts";
import { shellFilesOf } from "./shell-files.ts";

type Lasting = Event & { waitUntil(work: Promise<unknown>): void };
type Fetching = Event & { request: Request; respondWith(answer: Promise<Response>): void };

type Pushed = Lasting & { data: { json(): unknown } | null };
type Touched = Lasting & { notification: Notification };
type Page = { url: string; navigate(url: string): Promise<unknown>; focus(): Promise<unknown> };

const SHELL = "pondproof-shell";
/** Every address of the page is answered with the same HTML. */
const PAGE = "/";
/** A phone that has a bar of signal and no more is not kept waiting for longer. */
const TIMEOUT_MS = 4_000;

const worker = self as unknown as EventTarget & {
  skipWaiting(): Promise<void>;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window" }): Promise<Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  registration: ServiceWorkerRegistration;
};

worker.addEventListener("install", (event) => {
  (event as Lasting).waitUntil(refreshShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  (event as Lasting).waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const fetching = event as Fetching & Lasting;
  const { request } = fetching;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") fetching.respondWith(openPage(fetching, request));
  else fetching.respondWith(fileOf(request));
});

worker.addEventListener("push", (event) => {
  const { data, waitUntil } = event as Pushed;
  if (data !== null) waitUntil.call(event, show(data.json() as PushMessage));
});

worker.addEventListener("notificationclick", (event) => {
  const { notification, waitUntil } = event as Touched;
  notification.close();
  waitUntil.call(event, leadTo(notification.data as string));
});

/** What is said of one alarm replaces what was said of it before, and rings again. */
async function show(message: PushMessage): Promise<void> {
  const { title, body, tag, path, isUrgent } = noticeOf(message);
  await worker.registration.showNotification(title, {
    body,
    tag,
    lang: message.language,
    icon: "/icon-192.png",
    badge: "/icon-192.png",
    requireInteraction: isUrgent,
    renotify: true,
    data: path,
  } as NotificationOptions);
}

/** Leads to the pond: in the page that is open, or in a new one. */
async function leadTo(path: string): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: "window" });
  if (page === undefined) await worker.clients.openWindow(path);
  else await page.navigate(path).then(() => page.focus());
}

/** The page as the server has it now, or as it was when there was last a network. */
async function openPage(event: Lasting, request: Request): Promise<Response> {
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const isPage = fresh.ok && fresh.headers.get("content-type")?.startsWith("text/html") === true;
    if (isPage) event.waitUntil(keep(fresh.clone()));
    return fresh;
  } catch (error) {
    const kept = await caches.match(PAGE);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function fileOf(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

async function refreshShell(): Promise<void> {
  const page = await fetch(PAGE, { cache: "no-cache" });
  if (!page.ok) throw new Error(`the page answers with ${page.status}`);
  await keep(page);
}

/** Keeps a page with the files that it names, and lets the files of the one before go. */
async function keep(page: Response): Promise<void> {
  const shell = await caches.open(SHELL);
  const files = shellFilesOf(await page.clone().text());
  const held = await shell.keys();
  const missing = files.filter((file) => !held.some(({ url }) => new URL(url).pathname === file));
  await shell.addAll(missing);
  await shell.put(PAGE, page);
  const gone = held.filter(({ url }) => ![PAGE, ...files].includes(new URL(url).pathname));
  await Promise.all(gone.map((request) => shell.delete(request)));
}
