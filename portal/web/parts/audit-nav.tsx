import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";

/** Where an auditor can go. */
export function AuditNav({ current }: { current: "auditor" | "events" }) {
  const { words } = useLocale();
  const places = [
    { page: "auditor", name: words.batchesTitle },
    { page: "events", name: words.eventsTitle },
  ] as const;
  return (
    <nav className="sections" aria-label={words.auditor}>
      {places.map(({ page, name }) => (
        <Link key={page} to={{ page }} aria-current={page === current ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
