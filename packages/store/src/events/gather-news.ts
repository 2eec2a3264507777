import { LoraloomError } from "@loraloom/errors";
import { type Answer, createGather, type Gather } from "../gather.ts";
import type { Store } from "../store.ts";
import { type News, type NewsRequest, readNews } from "./read-events.ts";

/** Of one run at a time: a watcher that has to catch up holds no more than this. */
const pageSize = 100;
/** So many runs in one statement, which bounds what it returns when thousands of watchers come back at once. */
const requestsAtOnce = 50;

export type NewsReader = (request: NewsRequest) => Promise<News>;

/**
 * Reads for all watchers of the process: those that wait for the same event of a run share one read, and those of
 * many runs one statement.
 */
export const createNewsReader = (store: Store): NewsReader => {
  const gather: Gather<NewsRequest, News> = createGather((requests) => readTogether(store, requests));
  return (request) => gather("news", request);
};

const readTogether = async (store: Store, requests: NewsRequest[]): Promise<Answer<News>[]> => {
  const distinct = new Map(requests.map((request) => [keyOf(request), request]));
  const read = new Map<string, News | undefined>();
  const entries = [...distinct];
  for (let at = 0; at < entries.length; at += requestsAtOnce) {
    const batch = entries.slice(at, at + requestsAtOnce);
    const asked = batch.map(([, request]) => request);
    const news = await readNews(store, asked, pageSize);
    for (const [index, [key]] of batch.entries()) read.set(key, news[index]);
  }
  return requests.map((request) => () => read.get(keyOf(request)) ?? runGone(request));
};

const keyOf = ({ runId, after }: NewsRequest): string => `${runId} ${after}`;

const runGone = ({ runId }: NewsRequest): never => {
  throw new LoraloomError("run_not_found", `There is no run '${runId}'.`, { details: { runId } });
};
