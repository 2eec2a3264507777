/** What went wrong and what to do, without a stack: the errors of the service carry a code and a remedy. */
export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return `The demo failed: ${String(error)}`;
  if (error.name === "AbortError") return "Interrupted; what the demo had started has ended.";
  const coded = error as Error & { code?: unknown; remedy?: unknown };
  const lines = [`The demo failed: ${error.message}`];
  if (typeof coded.remedy === "string") lines.push(`What to do: ${coded.remedy}`);
  if (typeof coded.code === "string") lines.push(`Code: ${coded.code}`);
  return lines.join("\n");
};
