import { fromRepeats, type Measured, type Target } from "../results/result.ts";
import type { BaseModel } from "../services/base-model.ts";
import { engineProgram } from "./engine-program.ts";
import type { Rows } from "./prepare-rows.ts";
import { runPython } from "./python-child.ts";
import { runConfig, trainingConfig } from "./run-config.ts";

/** A float32 weight, its gradient and Adam's two moments. */
const bytesPerParameter = 16;

/** What each further run adds to the sizes of all tensors, of what its parameters have to take. */
export const measureMemorySlope = async (
  base: BaseModel,
  rows: Rows,
  target: Target,
): Promise<Measured[]> => {
  const { bytes, parameters } = await runPython<{ bytes: number[]; parameters: number }>(
    engineProgram("adapter_memory.py", [base.path, rows.path, JSON.stringify(trainingConfig(runConfig))]),
  );
  const added = bytes.slice(1).map((after, index) => after - (bytes[index] ?? 0));
  return [
    fromRepeats(
      added.map((more) => more / (bytesPerParameter * parameters)),
      { name: `memory that a run adds, of ${bytesPerParameter} bytes a parameter`, unit: "×", target },
    ),
  ];
};
