import { expect, test } from "vitest";
import { bytesOfPart, partCount, partSizeFor } from "./part-plan.ts";

const mebibyte = 1024 * 1024;

test.each([
  ["64 MiB and a byte", 64 * mebibyte + 1, 16 * mebibyte, 5],
  ["whole parts", 512 * mebibyte, 16 * mebibyte, 32],
  ["5 GiB", 5 * 1024 * mebibyte, 16 * mebibyte, 320],
  ["5 TiB", 5 * 1024 * 1024 * mebibyte, 525 * mebibyte, 9987],
])("%s is cut into parts that a store takes, and no byte is left over", (_, size, partSize, parts) => {
  expect(partSizeFor(size)).toBe(partSize);
  const plan = { size, partSize };
  expect(partCount(plan)).toBe(parts);
  const last = bytesOfPart(plan, parts);
  expect(last).toBeGreaterThan(0);
  expect((parts - 1) * bytesOfPart(plan, 1) + last).toBe(size);
});
