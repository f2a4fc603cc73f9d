import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";

/** Where the insurer's people can go. */
export function InsurerNav({ current }: { current: "insurer" | "portfolio" }) {
  const { words } = useLocale();
  const places = [
    { page: "insurer", name: words.claims },
    { page: "portfolio", name: words.portfolio },
  ] as const;
  return (
    <nav className="sections" aria-label={words.insurer}>
      {places.map(({ page, name }) => (
        <Link key={page} to={{ page }} aria-current={page === current ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
