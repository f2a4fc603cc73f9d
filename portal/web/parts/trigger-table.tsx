import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import type { Quantity, TriggerLine } from "../trigger.ts";
import { CheckIcon, CrossIcon } from "./icons.tsx";

/**
 * What the terms ask for beside what each probe shows; empty cells are filled by this browser's check, unless the
 * evidence `fell`.
 */
export function TriggerTable({
  lines,
  probes,
  fell,
}: {
  lines: TriggerLine[];
  probes: string[];
  fell: boolean;
}) {
  const { words, format } = useLocale();
  const checked = lines.some(({ shown }) => shown.length > 0);
  const text = (quantity: Quantity): string => {
    switch (quantity.unit) {
      case "count":
        return format.count(quantity.value);
      case "ms":
        return format.duration(quantity.value);
      case "mg/L":
        return format.oxygenExact(quantity.value);
      case "measure":
        return `${format.oxygen(quantity.value)} ${quantity.symbol}`;
      case "span":
        return words.between(format.oxygen(quantity.from), format.oxygen(quantity.to));
      case "truth":
        return quantity.value ? words.yes : words.no;
    }
  };
  const required = ({ bound, required: quantity }: TriggerLine): string => {
    switch (bound) {
      case "at-least":
        return words.atLeast(text(quantity));
      case "at-most":
        return words.atMost(text(quantity));
      case "below":
        return words.below(text(quantity));
      case "above":
        return words.above(text(quantity));
      case "between":
      case "yes":
        return text(quantity);
    }
  };
  return (
    <div className="scroll">
      <table className="trigger">
        <caption>{fell ? words.triggerFell : checked ? words.triggerChecked : words.triggerByServer}</caption>
        <thead>
          <tr>
            <th scope="col">{words.rule}</th>
            <th scope="col">{words.required}</th>
            {probes.map((probe) => (
              <th key={probe} scope="col">
                {words.probe} {shortened(probe, { head: 4, tail: 3 })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.rule}>
              <th scope="row">{words.rules[line.rule]}</th>
              <td data-label={words.required}>{required(line)}</td>
              {line.shown.length === 0 ? (
                <td colSpan={Math.max(1, probes.length)} className="unchecked">
                  {fell ? words.nothingToCheck : words.notChecked}
                </td>
              ) : (
                line.shown.map(({ quantity, ok }, i) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: a column is its probe
                    key={i}
                    data-label={line.shown.length === 1 ? "" : shortened(probes[i]!, { head: 4, tail: 3 })}
                    className={ok ? "holds" : "fails"}
                    colSpan={line.shown.length === 1 ? Math.max(1, probes.length) : 1}
                  >
                    {ok ? <CheckIcon /> : <CrossIcon />} {text(quantity)}
                  </td>
                ))
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
