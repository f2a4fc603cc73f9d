const WIDTH = 240;
const HEIGHT = 44;
const INSET = 4;
/** What the line is drawn against at least, in mg/L, so that a calm day does not look like a wild one. */
const LEAST_SPAN = 6;

/** The least oxygen of each half hour of a day; gaps stay gaps. */
export function Spark({
  values,
  markAt,
  label,
}: {
  values: (number | null)[];
  /** Index of the value that is marked, if it is among them. */
  markAt: number | undefined;
  label: string;
}) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <div className="spark" />;
  const low = Math.min(0, ...known);
  const span = Math.max(LEAST_SPAN, Math.max(...known) - low);
  const x = (i: number) => INSET + (i / (values.length - 1)) * (WIDTH - 2 * INSET);
  const y = (value: number) => HEIGHT - INSET - ((value - low) / span) * (HEIGHT - 2 * INSET);
  const marked = markAt === undefined ? null : (values[markAt] ?? null);
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={linePath(values, x, y)} className="spark-line" vectorEffect="non-scaling-stroke" />
      {marked !== null && (
        <line
          className="spark-mark"
          x1={x(markAt!)}
          x2={x(markAt!)}
          y1={y(marked)}
          y2={y(marked)}
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}

function linePath(values: (number | null)[], x: (i: number) => number, y: (value: number) => number): string {
  return values
    .map((value, i) => {
      if (value === null) return "";
      const begins = i === 0 || values[i - 1] === null;
      return `${begins ? "M" : "L"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
}
