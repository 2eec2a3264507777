import { join, resolve } from "node:path";

export const repositoryRoot: string = resolve(import.meta.dirname, "../../..");

/** The interpreter that has the engine's packages; set-up makes it. */
export const python: string = join(repositoryRoot, ".venv", "bin", "python");
