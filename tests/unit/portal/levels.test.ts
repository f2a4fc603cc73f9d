import { describe, expect, it } from "vitest";
import { levelOf } from "../../../portal/levels.ts";

describe("a pond's level", () => {
  it.each([
    [7, "normal", "good"],
    [5, "normal", "good"],
    [4.999, "low", "watch"],
    [3, "low", "watch"],
    [2.4, "hidden-gasping", "danger"],
    [2, "light-gasping", "danger"],
    [1.6, "gasping", "danger"],
    [1, "heavy-gasping", "danger"],
    [0.99, "mass-kill", "danger"],
    [0, "mass-kill", "danger"],
    [-0.1, "mass-kill", "danger"],
  ] as const)("of %f mg/L is %s", (oxygen, name, mood) => {
    expect(levelOf(oxygen)).toMatchObject({ name, mood });
  });
});
