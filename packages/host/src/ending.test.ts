/** A host that is told to end while answers are being written. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { openStore } from "@loraloom/store";
import { repositoryRoot } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import { usualStreamTimes } from "./http/stream-times.ts";
import { createLog } from "./log.ts";
import { createApiClient, refusalOf } from "./testing/api-client.ts";
import { done, startFixtureGateway } from "./testing/fixture-gateway.ts";
import { queueRun } from "./testing/queue-run.ts";
import {
  createTestParts,
  startConnectedHost,
  startTestHost,
  type TestParts,
} from "./testing/start-test-host.ts";

const soon = { timeout: 100_000 };
const node = join(repositoryRoot, "node_modules", ".bin", "node");
const token = "a token of some length";
const question = {
  ...{ userId: "ada", avatarId: "mia", version: "base" },
  messages: [{ role: "user" as const, content: "Hello" }],
};

/** The process that the launcher starts. */
const startMain = async ({ store, keyFile }: TestParts) => {
  const child = spawn(node, [join(import.meta.dirname, "main.ts")], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: store.databaseUrl,
      S3_ENDPOINT: store.objects.endpoint ?? "",
      S3_REGION: store.objects.region,
      S3_BUCKET: store.objects.bucket,
      S3_FORCE_PATH_STYLE: "true",
      S3_ACCESS_KEY_ID: store.objects.accessKeyId ?? "",
      S3_SECRET_ACCESS_KEY: store.objects.secretAccessKey ?? "",
      LORALOOM_GATEWAY_TOKEN: token,
      LORALOOM_PORT: "0",
      LORALOOM_KEY_FILE: keyFile,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  const exit = once(child, "close").then(([code]) => code);
  await vi.waitFor(() => expect(output).toContain("connected to the database"), soon);
  const url = /"url":"([^"]+)"/.exec(output)?.[1] ?? "";
  return { exit, url, child, [Symbol.dispose]: () => void child.kill("SIGKILL") };
};

test("told to end, it ends watches at once so that they go on elsewhere, and lets a chat finish", async () => {
  await using parts = await createTestParts();
  using main = await startMain(parts);
  const { child, exit, url } = main;
  await using store = await openStore(parts.store, createLog("error"));
  const answering = Promise.withResolvers<ServerResponse>();
  await using _worker = await startFixtureGateway(store, {
    ...{ id: "one", token, engineKey: "HuggingFaceTB/SmolLM2-135M-Instruct@main/float32/none" },
    behaviour: (write, response) => {
      write({ type: "token", text: "He" });
      answering.resolve(response);
    },
  });
  const apiKey = (await readFile(parts.keyFile, "utf8")).trim();
  const api = createApiClient({ url, apiKey });
  const { runId } = await queueRun({ api }, "watched");
  const eventsPath = `/v1/runs/${runId}/events?userId=ada`;
  const watch = (at: string, headers = {}) =>
    fetch(`${at}${eventsPath}`, { headers: { authorization: `Bearer ${apiKey}`, ...headers } });
  const watched = (await watch(url)).text();
  const chat = (await api.chat.mutate(question))[Symbol.asyncIterator]();
  expect(await chat.next()).toMatchObject({ value: { text: "He" } });

  child.kill("SIGTERM");
  expect(await watched).toMatch(/id: 1\nevent: run-queued\n[\s\S]*\n\n$/);
  await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  const worker = await answering.promise;
  worker.end(`${JSON.stringify(done)}\n`);
  expect(await chat.next()).toMatchObject({ value: { type: "done" } });
  expect(await chat.next()).toMatchObject({ done: true });
  expect(await exit).toBe(0);

  await using successor = await startTestHost(parts);
  await successor.connected;
  await createApiClient({ url: successor.url, apiKey }).train.cancel.mutate({
    ...{ userId: "ada", avatarId: "watched", runId },
  });
  const rest = await (await watch(successor.url, { "last-event-id": "1" })).text();
  expect(rest).toMatch(/id: 2\nevent: run-cancelled/);
  expect(rest).not.toContain("run-queued");
});

test("a chat that has no end holds it up no longer than it is given", async () => {
  await using running = await startConnectedHost();
  const { gatewayToken } = running.host.config;
  const behaviour = (write: (line: { type: "token"; text: string }) => void) =>
    write({ type: "token", text: "He" });
  await using worker = await startFixtureGateway(running.store, {
    id: "one",
    token: gatewayToken,
    behaviour,
  });
  const times = { ...usualStreamTimes, graceMilliseconds: 100 };
  const host = await startTestHost(running.parts, { gatewayToken }, { times });
  await host.connected;
  const answer = (await host.client(running.serviceKey).chat.mutate(question))[Symbol.asyncIterator]();
  await answer.next();
  const next = refusalOf(answer.next()).then(
    () => "refused",
    () => "cut",
  );
  const begun = performance.now();
  await host[Symbol.asyncDispose]();
  expect(performance.now() - begun).toBeLessThan(usualStreamTimes.graceMilliseconds);
  expect(await next).toMatch(/refused|cut/);
  await vi.waitFor(() => expect(worker.hungUp()).toBe(1), soon);
});
