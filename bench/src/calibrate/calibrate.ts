import { median } from "../measure/statistics.ts";
import { createBucket } from "../services/bucket.ts";
import { createDatabase } from "../services/database.ts";
import type { Services } from "../services/start-services.ts";
import { chatLines } from "../storage/chat-rows.ts";
import { type Calibration, floors } from "./calibration.ts";
import { jsonParseRate } from "./json-parse.ts";
import { postgresInserts } from "./postgres-inserts.ts";
import { s3Gets } from "./s3-gets.ts";

const megabyte = 1_000_000;
const jsonRounds = 5;

export type CalibrationSizes = { rows: number; reads: number; jsonBytes: number };

/** Measures what the machine does without us. */
export const calibrate = async (services: Services, sizes: CalibrationSizes): Promise<Calibration[]> => {
  const databaseUrl = await createDatabase(services.databaseUrl);
  const bucket = await createBucket(services.s3);
  const inserts = await postgresInserts(databaseUrl, sizes.rows);
  const reads = await s3Gets(bucket, sizes.reads);
  return [
    { name: "postgres-inserts", value: inserts, unit: "rows/s", floor: floors["postgres-inserts"] },
    { name: "s3-gets", value: reads, unit: "ms p50", floor: floors["s3-gets"] },
    { name: "json-parse", value: parseRate(sizes.jsonBytes), unit: "MB/s", floor: floors["json-parse"] },
  ];
};

const parseRate = (bytes: number): number => {
  const lines = [...chatLines({ seed: 1, bytes })];
  const size = Buffer.byteLength(lines.join("\n"));
  return median(Array.from({ length: jsonRounds }, () => jsonParseRate(lines, size))) / megabyte;
};
