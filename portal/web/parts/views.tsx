import type { ReactNode } from "react";
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

/** It did not work, and what to do. */
export function Failed({ onRetry, missing = false }: { onRetry?: () => void; missing?: boolean }) {
  const { words } = useLocale();
  return (
    <div className="empty failed" role="alert">
      <p className="empty-title">{missing ? words.notFound : words.failed}</p>
      <p>{missing ? words.notFoundHint : words.failedHint}</p>
      {onRetry !== undefined && !missing && (
        <button type="button" className="button" onClick={onRetry}>
          {words.tryAgain}
        </button>
      )}
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
  if (failed !== undefined) return <Failed onRetry={reload} missing={failed.problem?.status === 404} />;
  return <Loading rows={rows} />;
}
