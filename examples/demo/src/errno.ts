/** The system's name of a failure, such as `ENOENT`; empty where it has none. */
export const errnoOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";
