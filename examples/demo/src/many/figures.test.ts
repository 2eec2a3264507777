import { expect, it } from "vitest";
import { brokenEqualities, type ManyFigures } from "./figures.ts";

const figures: ManyFigures = {
  runs: 2,
  users: 1,
  togetherSeconds: 10,
  aloneSeconds: 15,
  adaptersPerHourTogether: 720,
  adaptersPerHourAlone: 480,
  differences: { "demo-ada/osk": 1e-3, "demo-ada/ida": 0 },
  totalSeconds: 40,
  peakMemoryMB: null,
};

it("is content when every adapter is the one that its run makes alone", () => {
  expect(brokenEqualities(figures)).toEqual([]);
});

it.each([1.1e-3, Number.NaN, Number.POSITIVE_INFINITY])(
  "names the adapter that differs by %d",
  (difference) => {
    const broken = brokenEqualities({
      ...figures,
      differences: { ...figures.differences, "demo-ada/ida": difference },
    });
    expect(broken).toEqual([expect.stringContaining("demo-ada/ida")]);
  },
);
