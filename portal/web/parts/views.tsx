import type { ReactNode } from "react";
import { lastHeardMs } from "../last-heard.ts";
import { useLocale } from "../locale.tsx";
import type { Resource } from "../resource.ts";

/** Placeholder in the form of what is coming; questions end after 20 s, so it never stays. */
export function Loading({ rows = 3 }: { rows?: number }) {
  const { words } = useLocale();
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{words.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows that are all alike
        <div key={row} className="skeleton-row" />
      ))}
    </div>
  );
}

/** Nothing there, and what comes next. */
export function Empty({ title, hint }: { title: string; hint: string }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <p>{hint}</p>
    </div>
  );
}

/** It did not work, and what to do. Where what the page is about is `missing`, that is the page's title. */
export function Failed({ onRetry, missing = false }: { onRetry?: () => void; missing?: boolean }) {
  const { words } = useLocale();
  return (
    <div className="empty failed" role="alert">
      {missing ? (
        <h1 className="empty-title">{words.notFound}</h1>
      ) : (
        <p className="empty-title">{words.failed}</p>
      )}
      <p>{missing ? words.notFoundHint : words.failedHint}</p>
      {onRetry !== undefined && !missing && (
        <button type="button" className="button" onClick={onRetry}>
          {words.tryAgain}
        </button>
      )}
    </div>
  );
}

/** There is no network, and when there last was one. */
export function Offline({ onRetry }: { onRetry: () => void }) {
  const { words, format } = useLocale();
  const heardMs = lastHeardMs();
  return (
    <div className="empty failed" role="alert" data-testid="offline">
      <h1 className="empty-title">{words.offline}</h1>
      {heardMs !== undefined && <p>{words.lastHeard(format.dateTime(heardMs))}</p>}
      <p>{words.offlineHint}</p>
      <button type="button" className="button" onClick={onRetry}>
        {words.tryAgain}
      </button>
    </div>
  );
}

/** Somebody else's data, and who can give it. */
export function NoConsent() {
  const { words } = useLocale();
  return (
    <div className="empty" role="status" data-testid="no-consent">
      <p className="empty-title">{words.noConsent}</p>
      <p>{words.noConsentHint}</p>
    </div>
  );
}

/** What was asked for in whichever state it is. */
export function Loaded<T>({
  of: { data, failed, reload },
  rows = 3,
  children,
}: {
  of: Resource<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  if (data !== undefined) return children(data);
  if (failed?.problem?.code === "no-consent") return <NoConsent />;
  if (failed !== undefined) return <Failed onRetry={reload} missing={failed.problem?.status === 404} />;
  return <Loading rows={rows} />;
}
