import { useState } from "react";
import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import { CheckIcon, CopyIcon } from "./icons.tsx";

/** A long identifier, its middle left out, to copy whole. */
export function Identifier({ id }: { id: string }) {
  const { words } = useLocale();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(id);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <span className="identifier">
      <code title={id}>{shortened(id, { head: 6, tail: 3 })}</code>
      <button
        type="button"
        className="icon-button"
        onClick={() => void copy()}
        aria-label={`${copied ? words.copied : words.copy} ${shortened(id)}`}
      >
        {copied ? <CheckIcon /> : <CopyIcon />}
      </button>
    </span>
  );
}
