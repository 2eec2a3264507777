/** `missing` and `conflict` are answers like any other: no such object, and a condition that was not met. */
export type ObjectRequestOutcome = "ok" | "missing" | "conflict" | "failed";

/** A request to the object store, with its repeats. */
export type ObjectRequest = {
  /** Such as `PutObject`. */
  operation: string;
  outcome: ObjectRequestOutcome;
  /** Sent again because the store did not answer or said that it can't now. */
  retries: number;
  /** Until the answer begins: a body that is read from it comes later. */
  seconds: number;
};
