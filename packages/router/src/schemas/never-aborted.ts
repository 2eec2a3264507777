/** The signal of a caller inside the process, who can't hang up. */
export const neverAborted = new AbortController().signal;
