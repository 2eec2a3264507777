/** What went wrong and what to do. Errors of the service and of its client carry a code and a remedy; others a stack. */
export const explainError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code, remedy } = error as Error & { code?: unknown; remedy?: unknown };
  if (typeof remedy !== "string") return error.stack ?? error.message;
  return `${error.message}\n${remedy} (${code})`;
};
