/** What happened to a run: one schema, written in the run's transactions, watched without a gap. */
export { appendEvent, appendOnce, appendToEach } from "./append-event.ts";
export { readEvents } from "./read-events.ts";
export { isTerminalEvent, type NewRunEvent, type RunEvent, runEventSchema } from "./run-event.ts";
export { type RunWatcher, watchRunEvents } from "./watch-run-events.ts";
