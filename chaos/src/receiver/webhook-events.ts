/** What each user of chaos asks to be told of: every state of a run. */
export const webhookEvents = [
  "run-queued",
  "run-claimed",
  "run-started",
  "run-exporting",
  "run-completed",
  "run-failed",
  "run-cancelled",
  "run-requeued",
] as const;
