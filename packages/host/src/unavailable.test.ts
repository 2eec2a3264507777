/** The database or the object store away, at start and in the middle: retryable errors, then recovery. */
import { startTcpProxy, type TcpProxy } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { createTestParts, startTestHost, type TestHost, type TestParts } from "./testing/start-test-host.ts";
import { signUpload, trainingRow, uploadFile } from "./testing/upload-file.ts";

const doorTo = (url: string): Promise<TcpProxy> => {
  const { hostname, port } = new URL(url);
  return startTcpProxy({ host: hostname, port: Number(port) });
};
const throughDoor = (url: string, door: TcpProxy): string => {
  const changed = new URL(url);
  changed.port = String(door.port);
  return changed.href.replace(/\/$/, "");
};

/** A host whose ways to the database and to the object store have a door each. */
const setUp = async (): Promise<
  AsyncDisposable & { parts: TestParts; database: TcpProxy; storage: TcpProxy }
> => {
  await using made = new AsyncDisposableStack();
  const parts = made.use(await createTestParts());
  const { databaseUrl, objects, limits } = parts.store;
  const endpoint = objects.endpoint ?? "";
  const database = made.use(await doorTo(databaseUrl));
  const storage = made.use(await doorTo(endpoint));
  const resources = made.move();
  const store = {
    databaseUrl: throughDoor(databaseUrl, database),
    objects: { ...objects, endpoint: throughDoor(endpoint, storage), publicEndpoint: endpoint },
    limits,
  };
  return {
    parts: { ...parts, store },
    database,
    storage,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const readiness = async ({ url }: TestHost): Promise<[number, string[]]> => {
  const answer = await fetch(`${url}/health/ready`);
  const { codes } = (await answer.json()) as { codes: string[] };
  return [answer.status, codes];
};
/** Of a part, as users are not told of it. */
const address = /127\.0\.0\.1:\d+/;
/** Within the second for which an answer is kept. */
const becomes = (host: TestHost, wanted: [number, string[]]) =>
  vi.waitFor(async () => expect(await readiness(host)).toEqual(wanted), { timeout: 100_000 });
const ada = { userId: "ada", avatarId: "mia" };

test.each(["database", "storage"] as const)(
  "a host whose %s comes late waits, says so and goes on",
  async (part) => {
    await using set = await setUp();
    set[part].shut();
    await using host = await startTestHost(set.parts);
    const code = `${part}_unavailable`;
    await vi.waitFor(() => expect(host.logged()).toContain(`"code":"${code}"`), { timeout: 100_000 });
    expect((await fetch(`${host.url}/health/live`)).status).toBe(200);
    expect(await readiness(host)).toEqual([503, [code]]);
    const call = host.client("ll_any").adapter.get.query(ada);
    const refusal = await refusalOf(call);
    expect(refusal).toMatchObject({ code, retryable: true });
    expect(JSON.stringify(refusal)).not.toMatch(address);
    set[part].open();
    await host.connected;
    await becomes(host, [200, []]);
    const api = host.client(await host.readKey());
    expect(await api.adapter.create.mutate(ada)).toMatchObject({ avatarId: "mia", generation: 1 });
  },
);

test("a database that goes away in the middle fails calls for now and loses nothing", async () => {
  await using set = await setUp();
  await using host = await startTestHost(set.parts);
  await host.connected;
  const api = host.client(await host.readKey());
  await api.adapter.create.mutate(ada);
  set.database.shut();
  expect(await refusalOf(api.adapter.get.query(ada))).toMatchObject({
    code: "database_unavailable",
    retryable: true,
  });
  await becomes(host, [503, ["database_unavailable"]]);
  set.database.open();
  await vi.waitFor(async () => expect((await readiness(host))[0]).toBe(200), { timeout: 100_000 });
  expect(await api.adapter.get.query(ada)).toMatchObject({ avatarId: "mia" });
});

test("an object store that goes away in the middle fails what needs it, and only for now", async () => {
  await using set = await setUp();
  await using host = await startTestHost(set.parts);
  await host.connected;
  const api = host.client(await host.readKey());
  const upload = { ...ada, name: "chats.jsonl", body: trainingRow };
  const { uploadId, url, headers } = await signUpload(api, upload);
  await fetch(url, { method: "PUT", headers, body: trainingRow });
  set.storage.shut();
  const complete = () => api.trainingData.completeUpload.mutate({ ...ada, uploadId });
  const refusal = await refusalOf(complete());
  expect(refusal).toMatchObject({ code: "storage_unavailable", retryable: true });
  const health = await api.health.query();
  expect(JSON.stringify([refusal, health])).not.toMatch(address);
  expect(host.logged()).toMatch(address);
  expect(health).toMatchObject({
    status: "degraded",
    database: { ok: true },
    storage: { ok: false, error: { code: "storage_unavailable" } },
  });
  expect((await api.trainingData.list.query(ada)).files).toEqual([]);
  set.storage.open();
  expect(await complete()).toMatchObject({ name: "chats.jsonl", state: "ready" });
  expect(await uploadFile(api, { ...upload, name: "more.jsonl" })).toMatchObject({ name: "more.jsonl" });
});
