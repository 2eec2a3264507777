import { join } from "node:path";
import { python, repositoryRoot } from "../repository.ts";
import type { PythonCommand } from "./python-child.ts";

const programs = join(repositoryRoot, "bench", "engine");

/** As workers start their engines. */
export const engineEnvironment: Record<string, string> = {
  PYTHONPATH: join(repositoryRoot, "packages", "trainer", "python"),
  OMP_WAIT_POLICY: "PASSIVE",
  GOMP_SPINCOUNT: "1000",
};

/** A program of `bench/engine`, in the engine's environment. */
export const engineProgram = (name: string, args: readonly (string | number)[]): PythonCommand => ({
  python,
  args: [join(programs, name), ...args.map(String)],
  environment: engineEnvironment,
});
