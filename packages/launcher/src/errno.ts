/** Whether an error is the system's error of that name, e.g. `ENOENT`. */
export const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
