/** The texts of `metrics.jsonl` and `log.txt`, which an ended run leaves to read. */
import { type RunEvent, runEventSchema } from "../events/run-event.ts";
import { parseJson } from "../parse-json.ts";
import { type Metric, metricSchema } from "./metric.ts";

/** One JSON line a step and split. */
export const writeMetrics = (metrics: Metric[]): string =>
  metrics.map((metric) => `${JSON.stringify(metric)}\n`).join("");

/** A line that is none of ours is passed over. */
export const readMetrics = (text: string): Metric[] =>
  linesOf(text).flatMap((line) => metricSchema.safeParse(parseJson(line)).data ?? []);

type LoggedEvent = { at: Date; attempt: number; type: string; data: unknown };

/** One line an event, in their order. */
export const writeLog = (events: LoggedEvent[]): string =>
  events
    .map(({ at, attempt, type, data }) => `${at.toISOString()} ${attempt} ${type} ${JSON.stringify(data)}\n`)
    .join("");

const eventPattern = /^(?<at>\S+) (?<attempt>\d+) (?<type>\S+) (?<data>.*)$/s;

/** Events by their place in the log; none where a line is none of ours, for a watcher must not miss one. */
export const readLog = (text: string): RunEvent[] => {
  const events = linesOf(text).map(readEvent);
  return events.every((event) => event !== undefined) ? events : [];
};

const readEvent = (line: string, place: number): RunEvent | undefined => {
  const { at = "", attempt, type, data = "" } = eventPattern.exec(line)?.groups ?? {};
  const event = { seq: place + 1, at: new Date(at), attempt: Number(attempt), type, data: parseJson(data) };
  return runEventSchema.safeParse(event).data;
};

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
