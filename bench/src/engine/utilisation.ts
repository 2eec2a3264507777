import { type Figure, figure } from "../results/figure.ts";
import { fromRepeats, type Measured, type Target } from "../results/result.ts";
import type { BaseModel } from "../services/base-model.ts";
import type { ArmName } from "./arms.ts";
import { engineProgram } from "./engine-program.ts";
import type { Rows } from "./prepare-rows.ts";
import { runPython } from "./python-child.ts";
import { runConfig } from "./run-config.ts";
import type { EngineSizes } from "./sizes.ts";
import type { Turns } from "./take-turns.ts";

const arms: readonly ArmName[] = ["ours, one run", "ours, runs at once", "TRL, warm and tuned"];

export type UsefulWork = { operations: number; operationsPerSecond: number };

/** The arithmetic that training can't do without, and the machine's own rate of matrix products. */
export const measureUsefulWork = (base: BaseModel, rows: Rows, sizes: EngineSizes): Promise<UsefulWork> =>
  runPython(engineProgram("useful_work.py", [base.path, sizes.dtype, rows.path, runConfig.rank]));

/** Which part of that rate goes into this work. Only told where there is no target. */
export const utilisation = (
  { work, turns }: { work: UsefulWork; turns: Turns },
  sizes: EngineSizes,
  target: Target | undefined,
): { measured: Measured[]; figures: Figure[] } => {
  const scale = sizes.jobChats / sizes.chats;
  const least = (work.operations * scale) / work.operationsPerSecond;
  const shares = (name: ArmName) => (turns[name] ?? []).map(({ seconds }) => least / seconds);
  const told = arms.filter((name) => turns[name]);
  const name = "utilisation: useful arithmetic, of the matmul rate";
  return {
    measured: target ? [fromRepeats(shares("ours, runs at once"), { name, unit: "of it", target })] : [],
    figures: [
      figure("matmul rate", [work.operationsPerSecond / 1e9], "GFLOP/s"),
      ...told.map((arm) => figure(`${arm}: ${name}`, shares(arm), "of it")),
    ],
  };
};
