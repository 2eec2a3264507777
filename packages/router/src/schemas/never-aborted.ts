/** The signal of a caller inside the process, who can't hang up. */
export const neverAborted: AbortSignal = new AbortController().signal;
