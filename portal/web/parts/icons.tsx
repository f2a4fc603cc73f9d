import type { Trend } from "../../api.ts";
import type { Mood } from "../../levels.ts";

// Every icon of the page; all are decoration beside a word, and so hidden from who listens.

function Icon({ children, className = "icon" }: { children: React.ReactNode; className?: string }) {
  return (
    <svg
      className={className}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

/** ● ◆ ▼ ○: a shape for each mood, so that colour never speaks alone. */
export function MoodIcon({ mood }: { mood: Mood }) {
  const shapes: Record<Mood, React.ReactNode> = {
    good: <circle cx="12" cy="12" r="7" fill="currentColor" stroke="none" />,
    watch: <path d="M12 3.5 20.5 12 12 20.5 3.5 12z" fill="currentColor" stroke="none" />,
    danger: <path d="M2.8 5h18.400L12 21z" fill="currentColor" stroke="none" />,
    stale: <circle cx="12" cy="12" r="7" strokeDasharray="3 2.5" />,
  };
  return <Icon className="icon mood-icon">{shapes[mood]}</Icon>;
}

export function TrendIcon({ trend }: { trend: Trend }) {
  const paths: Record<Trend, string> = {
    rising: "M6 18 18 6M9 6h9v9",
    falling: "M6 6l12 12M18 9v9H9",
    steady: "M4 12h16M14 6l6 6-6 6",
  };
  return (
    <Icon className="icon trend-icon">
      <path d={paths[trend]} />
    </Icon>
  );
}

export const DropIcon = () => (
  <svg className="brand-icon" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path
      d="M16 2c5.2 6.3 9.5 11.2 9.5 17.200A9.5 9.5 0 0 1 16 29a9.5 9.5 0 0 1-9.5-9.800C6.5 13.2 10.8 8.3 16 2z"
      fill="currentColor"
    />
    <path className="brand-tick" d="m11.5 18.5 3.2 3.3 6-6.6" />
  </svg>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.5 4.500L19 7.5" />
  </Icon>
);
export const CrossIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M15 5l-7 7 7 7" />
  </Icon>
);
export const ArrowIcon = () => (
  <Icon>
    <path d="M5 12h14M13 6l6 6-6 6" />
  </Icon>
);
export const PondsIcon = () => (
  <Icon>
    <path d="M2.5 9c2-1.6 4-1.6 6.3 0s4.3 1.6 6.4 0 4.3-1.6 6.3 0M2.5 15c2-1.6 4-1.6 6.3 0s4.3 1.6 6.4 0 4.3-1.6 6.3 0" />
  </Icon>
);
export const PolicyIcon = () => (
  <Icon>
    <path d="M12 3l7.5 3v5.500c0 4.6-3.1 7.7-7.5 9.5-4.4-1.8-7.5-4.9-7.5-9.500V6z" />
    <path d="m8.8 12 2.3 2.3 4.2-4.6" />
  </Icon>
);
export const FarmIcon = () => (
  <Icon>
    <path d="M3 11.5 12 4l9 7.500M5.5 9.500V20h13V9.5" />
    <path d="M9 20v-5.500h6V20" />
  </Icon>
);
export const InsurerIcon = () => (
  <Icon>
    <path d="M4 20h16M5.5 20V10M10 20V10M14 20V10M18.5 20V10M3 10h18L12 4z" />
  </Icon>
);
export const AeratorIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="2" />
    <path d="M12 10c-1-4 1-6.5 4-6.5 1 2.5-.5 5.5-4 6.500zM13.8 13c3.9-1.1 6.3.7 6.6 3.6-2.7.9-5.5-.4-6.6-3.600zM10.2 13c-2.9 2.9-5.9 2.5-7.6.1 2.1-2 5.2-2.1 7.6-.1z" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M15 5.500V5a2 2 0 0 0-2-2H5.500A2.5 2.5 0 0 0 3 5.500V13a2 2 0 0 0 2 2h.5" />
  </Icon>
);

export const KeyIcon = () => (
  <Icon>
    <circle cx="8" cy="15" r="4.5" />
    <path d="M11.5 11.5 20 3M16 7l3 3" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15zM10 21h4" />
  </Icon>
);
export const ProviderIcon = () => (
  <Icon>
    <path d="M12 13v8M8.500 21h7M12 13a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7.800 15.200a6 6 0 0 1 0-8.400M16.200 6.800a6 6 0 0 1 0 8.400M5 18a10 10 0 0 1 0-14M19 4a10 10 0 0 1 0 14" />
  </Icon>
);
export const AuditorIcon = () => (
  <Icon>
    <circle cx="10.500" cy="10.500" r="6.500" />
    <path d="m15.500 15.500 5 5M7.800 10.700l2 2 3.500-3.800" />
  </Icon>
);
