import { isLoraloomError } from "@loraloom/client";

/** What went wrong, as it is shown. */
export type Problem = { message: string; remedy?: string; code?: string };

export const toProblem = (error: unknown): Problem => {
  if (isLoraloomError(error)) return { message: error.message, remedy: error.remedy, code: error.code };
  return { message: error instanceof Error ? error.message : String(error) };
};
