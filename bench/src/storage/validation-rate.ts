import { inspectFile } from "@loraloom/dataset";
import { jsonParseRate } from "../calibrate/json-parse.ts";
import { shareOfRaw } from "../measure/interleave.ts";
import { fromRepeats, type Measured } from "../results/result.ts";
import { chatLines } from "./chat-rows.ts";

/** As a store gives a body. */
const chunkBytes = 64 * 1024;

/** The whole report of a file, from bytes, beside `JSON.parse` alone of the same rows, as texts that are at hand. */
export const measureValidationRate = async ({
  bytes,
  rounds,
}: {
  bytes: number;
  rounds: number;
}): Promise<Measured[]> => {
  const lines = [...chatLines({ seed: 7, bytes })];
  const body = Buffer.from(lines.join("\n"));
  const shares = await shareOfRaw(
    { ours: () => inspectionRate(body, lines.length), raw: async () => jsonParseRate(lines, body.length) },
    rounds,
  );
  return [
    fromRepeats(shares, {
      name: "validation without token counts, share of JSON.parse's rate",
      unit: "×",
      target: { atLeast: 0.25 },
    }),
  ];
};

/** @returns bytes a second */
const inspectionRate = async (body: Buffer, rows: number): Promise<number> => {
  const begun = performance.now();
  const report = await inspectFile({ name: "chats.jsonl", bytes: inChunks(body) });
  const milliseconds = performance.now() - begun;
  if (report.usableRows !== rows) throw new Error(`${report.usableRows} of ${rows} rows were usable.`);
  return (body.length / milliseconds) * 1000;
};

async function* inChunks(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes);
}
