import type { Client } from "@loraloom/client";
import { timeEach } from "../measure/at-once.ts";
import { fromRepeats, type Measured, p99Of } from "../results/result.ts";
import type { BenchHost } from "../services/start-host.ts";
import { avatar } from "./avatar.ts";
import { fillAvatar } from "./fill-avatar.ts";

const pageSize = 100;

/** Pages and the summary of an avatar with many files, asked for one after the other. */
export const measureFileLists = async (
  host: BenchHost,
  { files, pages, summaries }: { files: number; pages: number; summaries: number },
): Promise<Measured[]> => {
  const client = host.connect();
  await fillAvatar(client, files);
  const pageTimes = await timePages(client, pages);
  const summaryTimes = await timeEach({ times: summaries, atOnce: 1 }, () =>
    client.trainingData.summary.query(avatar),
  );
  return [
    p99Of(pageTimes, {
      name: `page of ${pageSize} of ${files} files, p99`,
      unit: "ms",
      target: { atMost: 50 },
      needs: ["json-parse"],
    }),
    fromRepeats(
      summaryTimes.map((milliseconds) => milliseconds / 1000),
      { name: `summary of ${files} files`, unit: "s", target: { atMost: 0.5 }, needs: ["json-parse"] },
    ),
  ];
};

/** From the first page to the last one, and again. */
const timePages = (client: Client, pages: number): Promise<number[]> => {
  let cursor: string | null = null;
  return timeEach({ times: pages, atOnce: 1 }, async () => {
    const page = await client.trainingData.list.query({
      ...avatar,
      limit: pageSize,
      ...(cursor !== null && { cursor }),
    });
    cursor = page.nextCursor;
  });
};
