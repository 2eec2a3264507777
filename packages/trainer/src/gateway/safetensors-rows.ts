import { readFile } from "node:fs/promises";
import { z } from "zod";

/** Bytes of the length that stands before a safetensors file's header. */
const lengthBytes = 8;
const matrixSchema = z.object({
  dtype: z.literal("F32"),
  shape: z.tuple([z.int().nonnegative(), z.int().positive()]),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** The rows of a float32 matrix in a safetensors file, little-endian, one buffer each. */
export const readMatrixRows = async (path: string, name: string): Promise<Buffer[]> => {
  const file = await readFile(path);
  const dataStart = lengthBytes + Number(file.readBigUInt64LE(0));
  const header: unknown = JSON.parse(file.toString("utf8", lengthBytes, dataStart));
  const { shape, data_offsets: offsets } = z.object({ [name]: matrixSchema }).parse(header)[name] as z.infer<
    typeof matrixSchema
  >;
  const rowBytes = shape[1] * Float32Array.BYTES_PER_ELEMENT;
  const first = dataStart + offsets[0];
  return Array.from({ length: shape[0] }, (_, row) =>
    file.subarray(first + row * rowBytes, first + (row + 1) * rowBytes),
  );
};
