import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { expect, test } from "vitest";
import { findFreePorts } from "../src/ports.ts";
import { findBinaries } from "../src/python-binaries.ts";
import { type SeaweedfsPorts, seaweedfsPortNames, startSeaweedfs } from "../src/seaweedfs.ts";
import { readSettings } from "../src/settings.ts";

const keys = { accessKeyId: "right", secretAccessKey: "right secret" };
const { weed } = await findBinaries(readSettings().python);

const createFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom seaweedfs "));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

const start = (folder: string, ports: SeaweedfsPorts) =>
  startSeaweedfs({
    dataDir: join(folder, "store"),
    ports,
    keys,
    jwtKey: "0123456789abcdef0123456789abcdef",
    bucket: "bucket",
    weed,
    logFile: join(folder, "seaweedfs.log"),
  });

const sign = (ours: typeof keys) =>
  new AwsClient({ ...ours, service: "s3", region: "us-east-1", retries: 0 });

const isListening = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

test("no port gives or takes an object without credentials", async () => {
  await using place = await createFolder();
  const ports = await findFreePorts(seaweedfsPortNames);
  await using store = await start(place.folder, ports);
  const object = `${store.endpoint}/bucket/secret`;
  expect((await sign(keys).fetch(object, { method: "PUT", body: "canary" })).status).toBe(200);

  expect((await fetch(object)).status).toBe(403);
  expect((await fetch(object, { method: "PUT", body: "x" })).status).toBe(403);
  expect((await sign({ ...keys, secretAccessKey: "wrong" }).fetch(object)).status).toBe(403);
  const filer = `http://127.0.0.1:${ports.filer}/buckets/bucket/`;
  expect((await fetch(`${filer}secret`)).status).toBe(401);
  expect((await fetch(filer)).status).toBe(401);
  expect((await fetch(`${filer}planted`, { method: "PUT", body: "x" })).status).toBe(401);
  expect((await fetch(`${filer}secret`, { method: "DELETE" })).status).toBe(401);
  // A volume's first needles; without the key a port that knows the number gives nothing.
  expect((await fetch(`http://127.0.0.1:${ports.volume}/1,01637037d6`)).status).toBe(401);
  expect(await (await sign(keys).fetch(object)).text()).toBe("canary");
});

test("it leaves no log and no socket in the system's temporary folder", async () => {
  await using place = await createFolder();
  const ports = await findFreePorts(seaweedfsPortNames);
  // A killed store of another test may have left its sockets there.
  const before = new Set(readdirSync("/tmp"));
  const store = await start(place.folder, ports);
  const logs = readdirSync(tmpdir()).filter(
    (name) => name.startsWith("weed.") && name.endsWith(`.${store.pid}`),
  );
  await store[Symbol.asyncDispose]();
  const numbers = Object.values(ports).flatMap((port) => [port, port + 10_000]);
  const sockets = readdirSync("/tmp").filter(
    (name) => !before.has(name) && numbers.some((port) => name.endsWith(`-${port}.sock`)),
  );
  expect([...logs, ...sockets]).toEqual([]);
});

test("it keeps its objects when it starts again on other ports", async () => {
  await using place = await createFolder();
  {
    await using store = await start(place.folder, await findFreePorts(seaweedfsPortNames));
    await sign(keys).fetch(`${store.endpoint}/bucket/kept`, { method: "PUT", body: "content" });
  }
  const ports = await findFreePorts(seaweedfsPortNames);
  await using store = await start(place.folder, ports);
  expect(await (await sign(keys).fetch(`${store.endpoint}/bucket/kept`)).text()).toBe("content");
  expect(await isListening(ports.s3, "127.0.0.1")).toBe(true);
});
