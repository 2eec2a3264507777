import { dirname } from "node:path";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { databaseFailure } from "@loraloom/store";

/** Whatever a step threw as an error of the one table; what has no code of its own is `internal`. */
export const toRunError = (error: unknown): LoraloomError => {
  if (isLoraloomError(error)) return error;
  return databaseFailure(error) ?? diskFailure(error) ?? internal(error);
};

const fullDisk = new Set(["ENOSPC", "EDQUOT"]);

const diskFailure = (error: unknown): LoraloomError | undefined => {
  if (!(error instanceof Error && "code" in error && fullDisk.has(String(error.code)))) return undefined;
  const place =
    "path" in error && typeof error.path === "string" ? dirname(error.path) : "the worker's folder";
  return new LoraloomError("disk_full", `The disk that holds ${place} is full.`, { cause: error });
};

const internal = (cause: unknown): LoraloomError =>
  new LoraloomError("internal", "The worker met an error that it doesn't know; its log has the cause.", {
    cause,
  });
