import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findBinaries } from "@loraloom/launcher";
import { python } from "./paths.ts";

/**
 * Runs a program that came with the tests' Postgres.
 *
 * @example await runPostgresProgram("pg_dump", ["--format=custom", `--file=${file}`, databaseUrl]);
 */
export const runPostgresProgram = async (
  name: "pg_dump" | "pg_restore",
  options: string[],
): Promise<void> => {
  const { postgresFolder } = await findBinaries(python);
  await promisify(execFile)(join(postgresFolder, name), options);
};
