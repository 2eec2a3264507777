import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunConfig } from "./wire.ts";

const weightsFile = "adapter_model.safetensors";
/** Of the one layer that is adapted. */
const width = 8;
const bytesOfFloat = 4;

/** Writes an adapter as PEFT does: its configuration, and the two matrices of one layer. */
export const writeAdapter = async (path: string, config: RunConfig): Promise<void> => {
  await mkdir(path, { recursive: true });
  const description = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    r: config.rank,
    lora_alpha: config.alpha,
    use_rslora: config.rank_stabilized,
    use_dora: config.dora,
    target_modules: config.target_modules,
  };
  await writeFile(join(path, "adapter_config.json"), JSON.stringify(description));
  await writeFile(join(path, weightsFile), safetensorsOf(config.rank));
};

const layer = "base_model.model.model.layers.0.self_attn.q_proj";

const safetensorsOf = (rank: number): Buffer => {
  const values = Float32Array.from({ length: rank * width }, (_, at) => Math.sin(at + 1));
  const matrix = Buffer.from(values.buffer);
  const header = Buffer.from(
    JSON.stringify({
      [`${layer}.lora_A.weight`]: tensor([rank, width], 0, matrix.length),
      [`${layer}.lora_B.weight`]: tensor([width, rank], matrix.length, 2 * matrix.length),
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, matrix, matrix]);
};

const tensor = (shape: number[], from: number, to: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [from, to],
});

/** Reads an adapter as whoever loads it does. @throws Error where bytes are missing or a weight is not finite */
export const verifyAdapter = async (path: string): Promise<{ parameters: number; tensors: number }> => {
  const bytes = await readFile(join(path, weightsFile));
  const end = 8 + Number(bytes.readBigUInt64LE());
  const tensors: ReturnType<typeof tensor>[] = Object.values(JSON.parse(bytes.toString("utf8", 8, end)));
  const parameters = tensors.reduce((sum, { shape: [rows = 0, columns = 0] }) => sum + rows * columns, 0);
  if (bytes.length !== end + parameters * bytesOfFloat) throw new Error(`${path} is cut short.`);
  for (let at = end; at < bytes.length; at += bytesOfFloat)
    if (!Number.isFinite(bytes.readFloatLE(at))) throw new Error(`${path} has a weight that is not finite.`);
  return { parameters, tensors: tensors.length };
};
