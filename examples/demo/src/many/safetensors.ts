/** The float32 tensors of a file in the safetensors format, by name. @throws Error for tensors of another type */
export const readTensors = (file: Buffer): Map<string, Float32Array> => {
  const headerBytes = Number(file.readBigUInt64LE(0));
  const start = 8 + headerBytes;
  const header = JSON.parse(file.toString("utf8", 8, start)) as Record<string, Entry>;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return new Map(entries.map(([name, entry]) => [name, valuesOf(file.subarray(start), name, entry)]));
};

/** `data_offsets`: where the tensor's bytes begin and end behind the header. */
type Entry = { dtype: string; data_offsets: [number, number] };

const valuesOf = (data: Buffer, name: string, { dtype, data_offsets: [begin, end] }: Entry): Float32Array => {
  if (dtype !== "F32") throw new Error(`${name} holds ${dtype}, not F32.`);
  // A copy begins where a Float32Array may begin.
  return new Float32Array(new Uint8Array(data.subarray(begin, end)).buffer);
};
