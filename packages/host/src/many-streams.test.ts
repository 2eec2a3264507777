import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { readHostEnv } from "./env.ts";
import { queueRun } from "./testing/queue-run.ts";
import { rawRequest } from "./testing/raw-request.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

/** As a host has them that is told nothing of limits. */
const { limits: usualLimits } = readHostEnv({
  DATABASE_URL: "postgres://user:secret@db/loraloom",
  S3_BUCKET: "loraloom",
  LORALOOM_GATEWAY_TOKEN: "a token of some length",
}).config;

/** How many requests are on their way at once, as of a client that opens what it can. */
const atOnce = 200;

/** Asks so many times for a run's events. @returns what stays open, and what the others were refused with */
const openStreams = async (
  { host, serviceKey }: RunningHost,
  path: string,
  { count, agent }: { count: number; agent: Agent },
) => {
  const open: IncomingMessage[] = [];
  const refusals: string[] = [];
  const headers = { authorization: `Bearer ${serviceKey}` };
  const openOne = async () => {
    const [answer]: IncomingMessage[] = await once(
      request(`${host.url}${path}`, { agent, headers }).end(),
      "response",
    );
    if (answer?.statusCode === 200) return open.push(answer);
    const text = (await answer?.setEncoding("utf8").toArray())?.join("") ?? "";
    return refusals.push(`${answer?.statusCode} ${JSON.parse(text).error.code}`);
  };
  let begun = 0;
  const openInTurn = async () => {
    while (begun++ < count) await openOne();
  };
  await Promise.all(Array.from({ length: atOnce }, openInTurn));
  return { open, refusals };
};

/** Asks for something else again and again until all are opened. @returns the statuses */
const askMeanwhile = async (running: RunningHost, opening: Promise<unknown>): Promise<number[]> => {
  const statuses: number[] = [];
  let isOver = false;
  const over = opening.finally(() => {
    isOver = true;
  });
  while (!isOver) statuses.push((await rawRequest(running, "health")).status);
  await over;
  return statuses;
};

/** Of the host and of its clients, which are one process here. */
const mostMegabytes = 600;

test("of twice as many streams from one key as usual half are open, the others refused, and the host stays well", async () => {
  await using running = await startConnectedHost({ limits: usualLimits });
  const { streams } = usualLimits;
  const { runId, userId, avatarId } = await queueRun(running, "streams");
  const before = process.memoryUsage().rss;
  const agent = new Agent({ keepAlive: true });
  using ending = new DisposableStack();
  ending.defer(() => agent.destroy());
  const path = `/v1/runs/${runId}/events?userId=${userId}`;
  const opening = openStreams(running, path, { count: 2 * streams, agent });
  const statuses = await askMeanwhile(running, opening);
  const { open, refusals } = await opening;
  expect([streams, open.length, refusals.length]).toEqual([2_000, streams, streams]);
  expect(new Set(refusals)).toEqual(new Set(["429 too_many_streams"]));
  expect(statuses.length).toBeGreaterThan(5);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(mostMegabytes);
  await running.api.train.cancel.mutate({ userId, avatarId, runId });
  expect((await open.at(-1)?.setEncoding("utf8").toArray())?.join("")).toContain("event: run-cancelled");
});
