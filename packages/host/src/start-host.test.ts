import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { maxBodyBytes } from "./http/limit-body.ts";
import { refusalOf } from "./testing/api-client.ts";
import { startForgetfulStore } from "./testing/forgetful-store.ts";
import { errorIn, rawRequest } from "./testing/raw-request.ts";
import { createTestParts, startConnectedHost, startTestHost } from "./testing/start-test-host.ts";
import { signUpload, trainingRow } from "./testing/upload-file.ts";

test("the first start makes one service key, in a file of its owner's; the next start keeps it", async () => {
  await using parts = await createTestParts();
  let key: string;
  {
    await using host = await startTestHost(parts);
    await host.connected;
    key = await host.readKey();
    expect((await stat(parts.keyFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(parts.keyFile))).toEqual(["first-key"]);
    expect(host.logged()).toContain(parts.keyFile);
    expect(host.logged()).not.toContain(key);
    const { keys } = await host.client(key).keys.list.query({});
    expect(keys).toMatchObject([{ kind: "service", scopes: ["read", "write", "train", "admin"] }]);
  }
  await using again = await startTestHost(parts);
  await again.connected;
  expect(await again.readKey()).toBe(key);
});

test("two hosts that start at once on an empty database make one key between them", async () => {
  await using parts = await createTestParts();
  await using one = await startTestHost(parts);
  await using two = await startTestHost(parts);
  await Promise.all([one.connected, two.connected]);
  const { keys } = await one.client(await two.readKey()).keys.list.query({});
  expect(keys).toMatchObject([{ name: "first key" }]);
  const made = [one, two].filter((host) => host.logged().includes("the first API key was made"));
  expect(made).toHaveLength(1);
});

test("the first key of an empty database does not take the place of another database's", async () => {
  await using parts = await createTestParts();
  await mkdir(dirname(parts.keyFile), { recursive: true });
  await writeFile(parts.keyFile, "ll_of-another-database\n");
  await using host = await startTestHost(parts);
  await host.connected;
  expect(await host.readKey()).not.toContain("another");
  const earlier = (await readdir(dirname(parts.keyFile))).filter((name) => name !== "first-key");
  expect(earlier).toHaveLength(1);
  const path = join(dirname(parts.keyFile), String(earlier));
  expect(await readFile(path, "utf8")).toBe("ll_of-another-database\n");
  expect(host.logged()).toContain(path);
});

test("a lost key file is reported and no second key is made", async () => {
  await using parts = await createTestParts();
  {
    await using host = await startTestHost(parts);
    await host.connected;
  }
  await rm(parts.keyFile);
  await using host = await startTestHost(parts);
  await host.connected;
  expect(host.logged()).toContain("API keys exist and keyFile does not");
  await expect(readFile(parts.keyFile)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a key file that can't be written ends the start with the variable's name", async () => {
  await using parts = await createTestParts();
  await using host = await startTestHost({ ...parts, keyFile: "/proc/first-key" });
  await expect(host.connected).rejects.toMatchObject({
    code: "bad_configuration",
    message: expect.stringContaining("LORALOOM_KEY_FILE='/proc/first-key'"),
  });
});

test("the first start tries the bucket out, and the next one knows", async () => {
  await using running = await startConnectedHost();
  const probedAt = async () =>
    (await running.store.pool.query<{ probed_at: Date }>("select probed_at from storage_probes")).rows;
  const first = await probedAt();
  expect(first).toHaveLength(1);
  await using again = await startTestHost(running.parts);
  await again.connected;
  expect(await probedAt()).toEqual(first);
});

test("a bucket that can't do what is needed ends the start with what it can't", async () => {
  await using parts = await createTestParts();
  await using store = await startForgetfulStore(parts.store.objects.endpoint ?? "");
  const objects = { ...parts.store.objects, endpoint: store.url };
  await using host = await startTestHost({ ...parts, store: { ...parts.store, objects } });
  await expect(host.connected).rejects.toMatchObject({
    code: "storage_unsuitable",
    message: expect.stringContaining("does not delete"),
  });
});

test("an address that is taken is named", async () => {
  await using running = await startConnectedHost();
  const port = Number(new URL(running.host.url).port);
  await expect(startTestHost(running.parts, { port })).rejects.toMatchObject({
    code: "bad_configuration",
    message: expect.stringContaining(`LORALOOM_PORT=${port}`),
  });
});

test("what is no part of the API is answered in JSON with a code", async () => {
  await using running = await startConnectedHost();
  const { url } = running.host;
  const unknown = await fetch(`${url}/nowhere`);
  expect(unknown.status).toBe(404);
  const { error } = (await unknown.json()) as { error: { code: string; requestId: string } };
  expect(error).toMatchObject({
    code: "procedure_not_found",
    requestId: unknown.headers.get("x-request-id"),
  });
});

test("a body above the limit is refused, whether its length is announced or not", async () => {
  await using running = await startConnectedHost();
  const target = `${running.host.url}/trpc/adapter.create`;
  const headers = { authorization: `Bearer ${running.serviceKey}`, "content-type": "application/json" };
  const body = new Uint8Array(maxBodyBytes + 1).fill(0x20);
  const announced = await fetch(target, { method: "POST", body, headers });
  expect(announced.status).toBe(413);
  expect(await errorIn(announced)).toMatchObject({
    code: "payload_too_large",
    message: expect.stringContaining("4 MiB"),
  });

  const stream = new Blob([body]).stream();
  const chunked = await fetch(target, { method: "POST", body: stream, headers, duplex: "half" });
  expect(chunked.status).toBe(413);
  expect(await errorIn(chunked)).toMatchObject({ code: "payload_too_large" });
});

test("a batch of 20 calls is taken", async () => {
  await using running = await startConnectedHost();
  // Without inputs each call fails by itself: as many as that are taken.
  const answer = await rawRequest(running, `${Array(20).fill("keys.list").join(",")}?batch=1`);
  expect(await answer.json()).toHaveLength(20);
});

test("pages of other origins may call the API, or only those that are configured", async () => {
  await using parts = await createTestParts();
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/trpc/chat`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,trpc-accept",
      },
    });
  {
    await using host = await startTestHost(parts);
    const answer = await preflight(host.url, "https://anywhere.test");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-headers")).toContain("authorization");
  }
  await using host = await startTestHost(parts, { allowedOrigins: ["https://ours.test"] });
  const ours = await preflight(host.url, "https://ours.test");
  expect(ours.headers.get("access-control-allow-origin")).toBe("https://ours.test");
  const other = await preflight(host.url, "https://anywhere.test");
  expect(other.headers.get("access-control-allow-origin")).toBeNull();
});

test("an answer says which pages may read it", async () => {
  await using parts = await createTestParts();
  const ask = async (url: string, origin: string) => {
    const { headers } = await fetch(`${url}/trpc/health`, { headers: { origin } });
    expect(headers.get("x-request-id")).toBeTruthy();
    expect(headers.get("access-control-expose-headers")).toBe("x-request-id, retry-after");
    return [headers.get("access-control-allow-origin"), headers.get("vary")?.includes("Origin")];
  };
  {
    await using host = await startTestHost(parts);
    expect(await ask(host.url, "https://anywhere.test")).toEqual(["*", false]);
  }
  await using host = await startTestHost(parts, { allowedOrigins: ["https://ours.test"] });
  expect(await ask(host.url, "https://ours.test")).toEqual(["https://ours.test", true]);
  expect(await ask(host.url, "https://anywhere.test")).toEqual([null, true]);
});

test("pages of other origins may use presigned URLs: the host tells the bucket so", async () => {
  await using running = await startConnectedHost();
  const { url } = await signUpload(running.api, {
    userId: "ada",
    avatarId: "mia",
    name: "chats.jsonl",
    body: trainingRow,
  });
  const answer = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin: "https://anywhere.test",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type,x-amz-checksum-sha256",
    },
  });
  expect(answer.status).toBeLessThan(300);
  expect(answer.headers.get("access-control-allow-origin")).toMatch(/^(\*|https:\/\/anywhere\.test)$/);
});

test("health tells of the parts, and readiness follows them", async () => {
  await using running = await startConnectedHost();
  const ready = await fetch(`${running.host.url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, codes: [] }]);
  expect(await running.api.health.query()).toMatchObject({
    status: "degraded",
    database: { ok: true },
    storage: { ok: true },
    workers: [],
    baseModel: "tiny",
  });
});

test("a call without a key is refused with what to do", async () => {
  await using running = await startConnectedHost();
  const refusal = await refusalOf(running.host.client("").adapter.list.query({ userId: "ada" }));
  expect(refusal).toMatchObject({
    code: "missing_key",
    retryable: false,
    remedy: expect.stringContaining("authorization: Bearer"),
  });
});
