import { expect, it } from "vitest";
import { largestDifference } from "./largest-difference.ts";
import { readTensors } from "./safetensors.ts";

/** A file of float32 tensors as safetensors writes it. */
const fileOf = (tensors: Record<string, number[]>, dtype = "F32"): Buffer => {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, values]) => {
    const begin = end;
    end += 4 * values.length;
    return [name, { dtype, shape: [values.length], data_offsets: [begin, end] }];
  });
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) }),
  );
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, Buffer.from(new Float32Array(Object.values(tensors).flat()).buffer)]);
};

it("reads each tensor's values by its name", () => {
  const read = readTensors(fileOf({ a: [1, 2, 3], b: [-0.5] }));
  expect([...read]).toEqual([
    ["a", new Float32Array([1, 2, 3])],
    ["b", new Float32Array([-0.5])],
  ]);
});

it("refuses tensors of another type", () => {
  expect(() => readTensors(fileOf({ a: [1] }, "BF16"))).toThrowError("a holds BF16");
});

it("measures the tensor that is furthest off, relative to its size", () => {
  const one = readTensors(fileOf({ a: [3, 4], b: [100, 0] }));
  const other = readTensors(fileOf({ a: [3, 4.5], b: [100, 1] }));
  expect(largestDifference(other, one)).toBeCloseTo(0.1, 6);
  expect(largestDifference(one, one)).toBe(0);
});

it("finds adapters of different tensors infinitely far apart", () => {
  const one = readTensors(fileOf({ a: [1] }));
  expect(largestDifference(one, readTensors(fileOf({ b: [1] })))).toBe(Number.POSITIVE_INFINITY);
  expect(largestDifference(one, readTensors(fileOf({ a: [1, 1] })))).toBe(Number.POSITIVE_INFINITY);
});
