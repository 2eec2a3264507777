import { type LimitSample, limitSamples } from "../invariants/limits.ts";
import { pauseUntil } from "../pause-until.ts";
import { withDatabase } from "./with-database.ts";

const pollMs = 400;

/** Counts again and again what each user has at once, until it is aborted. While the database is away there is nothing to count. */
export const sampleLimits = async (databaseUrl: string, signal: AbortSignal): Promise<LimitSample[]> => {
  const samples: LimitSample[] = [];
  while (await pauseUntil(performance.now() + pollMs, signal)) {
    const counted = withDatabase(databaseUrl, (client) => client.query<LimitSample>(limitSamples));
    samples.push(
      ...(await counted.then(
        ({ rows }) => rows,
        () => [],
      )),
    );
  }
  return samples;
};
