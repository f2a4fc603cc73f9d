const FINGERPRINT_DIGITS = 12;

/** A fingerprint as somebody may type it: without dashes, in small letters, O for 0, I or L for 1 (Crockford's reading). */
export function fingerprintIn(typed: string): string | undefined {
  const digits = typed
    .toUpperCase()
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1")
    .replaceAll(/[^0-9A-Z]/g, "");
  return digits.length === FINGERPRINT_DIGITS ? digits.match(/.{4}/g)!.join("-") : undefined;
}
