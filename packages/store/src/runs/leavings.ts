/** The texts of `metrics.jsonl` and `log.txt`, which an ended run leaves to read. */
import { type RunEvent, runEventSchema } from "../events/run-event.ts";
import { parseJson } from "../parse-json.ts";
import { type Metric, metricSchema } from "./metric.ts";

/** One JSON line a step and split. */
export const writeMetrics = (metrics: Metric[]): string =>
  metrics.map((metric) => `${JSON.stringify(metric)}\n`).join("");

/** Read piece by piece. A line that is none of ours is passed over. */
export async function* readMetrics(text: AsyncIterable<Uint8Array>): AsyncGenerator<Metric> {
  for await (const line of linesOf(text)) {
    const { data } = metricSchema.safeParse(parseJson(line));
    if (data) yield data;
  }
}

type LoggedEvent = { at: Date; attempt: number; type: string; data: unknown };

/** One line an event, in their order. */
export const writeLog = (events: LoggedEvent[]): string =>
  events
    .map(({ at, attempt, type, data }) => `${at.toISOString()} ${attempt} ${type} ${JSON.stringify(data)}\n`)
    .join("");

const eventPattern = /^(?<at>\S+) (?<attempt>\d+) (?<type>\S+) (?<data>.*)$/s;

/** Events by their place in the log, read piece by piece; `undefined` for a line that is none of ours. */
export async function* readLog(text: AsyncIterable<Uint8Array>): AsyncGenerator<RunEvent | undefined> {
  let seq = 0;
  for await (const line of linesOf(text)) {
    seq += 1;
    yield readEvent(line, seq);
  }
}

const readEvent = (line: string, seq: number): RunEvent | undefined => {
  const { at = "", attempt, type, data = "" } = eventPattern.exec(line)?.groups ?? {};
  const event = { seq, at: new Date(at), attempt: Number(attempt), type, data: parseJson(data) };
  return runEventSchema.safeParse(event).data;
};

/** Longer than any line of ours; what has no end is cut into such pieces. */
const longestLine = 1_048_576;

async function* linesOf(text: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = "";
  for await (const piece of text) {
    const lines = (open + decoder.decode(piece, { stream: true })).split("\n");
    open = lines.pop() ?? "";
    if (open.length > longestLine) {
      lines.push(open);
      open = "";
    }
    yield* lines.filter((line) => line !== "");
  }
  const last = open + decoder.decode();
  if (last !== "") yield last;
}
