import { expect, test } from "vitest";
import { shareOfRaw } from "./interleave.ts";

test("arms take turns, and which is first alternates", async () => {
  const order: string[] = [];
  const arm = (name: string, rate: number) => async () => {
    order.push(name);
    return rate;
  };
  const shares = await shareOfRaw({ ours: arm("ours", 30), raw: arm("raw", 40) }, 3);
  expect(shares).toEqual([0.75, 0.75, 0.75]);
  expect(order.join(" ")).toBe("ours raw ours raw raw ours ours raw");
});
