import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";
import { hrefOf, type Route, routeOf } from "./router.ts";

const CHANGED = "pondproof:navigated";

/** The place that the address bar shows. */
export function useRoute(): Route {
  const pathname = useSyncExternalStore(subscribe, () => location.pathname);
  return routeOf(pathname);
}

/** A link inside the page. */
export function Link({
  to,
  ...rest
}: { to: Route } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href" | "onClick">) {
  const href = hrefOf(to);
  return <a {...rest} href={href} onClick={(event) => follow(event, href)} />;
}

/** Goes to a place inside the page. */
export function goTo(to: Route): void {
  open(hrefOf(to));
}

function follow(event: MouseEvent, href: string) {
  // A new tab or window is the browser's business.
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(href);
}

function open(href: string) {
  history.pushState(null, "", href);
  dispatchEvent(new Event(CHANGED));
  scrollTo(0, 0);
  document.getElementById("content")?.focus({ preventScroll: true });
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(CHANGED, listener);
  };
}
