import { describe, expect, it } from "vitest";
import { fingerprintIn } from "../../../../portal/web/fingerprint.ts";

describe("a fingerprint that somebody types", () => {
  it.each(["7K2M-0QXA-93TD", "7k2m0qxa93td", " 7K2M 0QXA 93TD ", "7k2m-Oqxa-93td"])(
    "is read from %s",
    (typed) => {
      expect(fingerprintIn(typed)).toBe("7K2M-0QXA-93TD");
    },
  );

  it("takes I and L for one, as nothing else can be meant", () => {
    expect(fingerprintIn("IL11-0000-0000")).toBe("1111-0000-0000");
  });

  it.each(["", "7K2M-0QXA", "7K2M-0QXA-93TD-1"])("is none in %o", (typed) => {
    expect(fingerprintIn(typed)).toBeUndefined();
  });
});
