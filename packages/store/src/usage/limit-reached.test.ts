import { expect, test } from "vitest";
import { z } from "zod";
import { limitInWords } from "./limit-reached.ts";
import { priceEnvShape } from "./price.ts";

test("an amount that is less than a hundredth is told, and not as nothing", () => {
  expect(limitInWords("costPerMonth", 0.0012)).toBe("a cost of 0.0012 a month");
  expect(limitInWords("costPerMonth", 1234.567)).toBe("a cost of 1,234.57 a month");
  expect(limitInWords("queuedRuns", 0)).toBe("0 waiting runs");
});

test("a price is a number that somebody may pay", () => {
  const refused = ["free", "-1", "1e300"];
  const isTaken = (price: string) =>
    z.object(priceEnvShape).safeParse({ LORALOOM_PRICE_PER_GPU_HOUR: price }).success;
  expect(["0", "1.80", "250000"].filter(isTaken)).toHaveLength(3);
  expect(refused.filter(isTaken)).toEqual([]);
});
