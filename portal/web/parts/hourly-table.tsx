import type { PondReadings } from "../../api.ts";
import { hourly } from "../chart-data.ts";
import { useLocale } from "../locale.tsx";
import { PROBE_MARKS } from "./oxygen-chart.tsx";

/** Longer than a week of hours nobody reads; the API has the rest. */
const MAX_ROWS = 170;

/** The chart as a table, for who cannot see it and for who wants the numbers. */
export function HourlyTable({ readings }: { readings: PondReadings }) {
  const { words, format } = useLocale();
  return (
    <details className="alternative">
      <summary>{words.hourByHour}</summary>
      <div className="scroll">
        <table>
          <caption className="visually-hidden">{words.hourByHour}</caption>
          <thead>
            <tr>
              <th scope="col">{words.hour}</th>
              {readings.series.map(({ device }, i) => (
                <th key={device} scope="col">
                  {PROBE_MARKS[i]}, {words.least}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hourly(readings.series)
              .slice(0, MAX_ROWS)
              .map(({ hourMs, least }) => (
                <tr key={hourMs}>
                  <th scope="row">{format.dateTime(hourMs)}</th>
                  {least.map((value, i) => (
                    <td key={readings.series[i]!.device}>{value === null ? "–" : format.oxygen(value)}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
