import { join, resolve } from "node:path";

export const repositoryRoot: string = resolve(import.meta.dirname, "../..");

/** The interpreter of the environment that set-up makes: it has Postgres, SeaweedFS and the engine. */
export const python: string = join(repositoryRoot, ".venv", "bin", "python");
