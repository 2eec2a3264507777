import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { done, startFixtureGateway } from "./testing/fixture-gateway.ts";
import { rawRequest } from "./testing/raw-request.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

type Line = { msg: string; path?: string; status?: number; code?: string };
const answersTo = (path: string): Line[] =>
  running.host
    .logged()
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Line => JSON.parse(line))
    .filter((line) => line.msg === "request answered" && line.path === path);

/** The one line of the latest request to a path; it is written once the answer has ended. */
const lineOf = async (path: string, count = 1): Promise<Line | undefined> => {
  await vi.waitFor(() => expect(answersTo(path)).toHaveLength(count), { timeout: 100_000 });
  return answersTo(path).at(-1);
};

const scope = { userId: "ada", avatarId: "mia" };
const messages = [{ role: "user" as const, content: "Hello" }];
const ask = () => running.api.chat.mutate({ ...scope, version: "base", messages });

test("a streamed call that is refused is logged with its own status and code", async () => {
  await refusalOf(running.api.train.start.mutate(scope));
  expect(await lineOf("/trpc/train.start")).toMatchObject({ status: 404, code: "adapter_not_found" });
  await refusalOf(running.host.client("ll_wrong").keys.create.mutate({ kind: "service", name: "x" }));
  expect(await lineOf("/trpc/keys.create")).toMatchObject({ status: 401, code: "invalid_key" });
});

test("a stream is logged when it ends: answered, or broken off in its middle", async () => {
  let breaksOff = false;
  await using _worker = await startFixtureGateway(running.store, {
    id: "one",
    token: running.host.config.gatewayToken,
    behaviour: (write, response) => {
      write({ type: "token", text: "half" });
      if (breaksOff) return setImmediate(() => response.destroy());
      write(done);
      return response.end();
    },
  });
  await Array.fromAsync(await ask());
  expect(await lineOf("/trpc/chat")).not.toHaveProperty("code");
  breaksOff = true;
  await refusalOf(ask().then((answer) => Array.fromAsync(answer)));
  expect(await lineOf("/trpc/chat", 2)).toMatchObject({ status: 503, code: "worker_unreachable" });
});

test("a watch that is refused is logged so, though its stream began with 200", async () => {
  const input = encodeURIComponent(JSON.stringify({ json: { ...scope, runId: "nothing" } }));
  const headers = { accept: "text/event-stream" };
  const answer = await rawRequest(running, `train.watch?input=${input}`, { headers });
  expect(answer.status).toBe(200);
  await answer.text();
  expect(await lineOf("/trpc/train.watch")).toMatchObject({ status: 404, code: "run_not_found" });
});

test("what is no procedure, and a batch that is partly refused, keep the status that was sent", async () => {
  await rawRequest(running, "adapter.gett");
  expect(await lineOf("/trpc/adapter.gett")).toMatchObject({ status: 404, code: "procedure_not_found" });
  await rawRequest(running, 'health,train.get?batch=1&input={"0":{"json":{}}}');
  expect(await lineOf("/trpc/health,train.get")).toMatchObject({ status: 207, code: "bad_input" });
});
