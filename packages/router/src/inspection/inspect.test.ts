import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants, getPriority, platform } from "node:os";
import { inspectFile } from "@loraloom/dataset";
import { usualLimits } from "@loraloom/store";
import { inspectHere } from "@loraloom/store/files";
import { type ObjectStore, openObjects, putObject } from "@loraloom/store/objects";
import type { UnreadFile } from "@loraloom/store/reading";
import { createTestBucket, startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import { chatRow, dialogOf } from "../testing/store-training-file.ts";
import { inspect } from "./inspect.ts";

const row = chatRow("Ahoy, ä?", "🙂");
const dialog = dialogOf([1, 2, 3].map((turn) => `${turn % 2 ? "Ada" : "Bob"}: ${"Hello. ".repeat(50)}`));
const megabytes = (line: string) => `${line}\n`.repeat(Math.ceil(3_000_000 / line.length));

const openBucket = async () => openObjects(await createTestBucket());

const store = async (objects: ObjectStore, body: string): Promise<UnreadFile> => {
  const { etag } = await putObject(objects, { key: "f", body });
  const size = Buffer.byteLength(body);
  return { kind: "training_data", name: "f", key: "f", size, etag, sha256: null, limits: usualLimits };
};

test.each([
  ["a small file", `${row}\n{}\n`],
  ["a large file", `${megabytes(row)}{x\n`],
  ["a large file of dialogs", megabytes(dialog)],
  ["a large file that can't be read", "\x89PNG\r\n\x1a\n".padEnd(3_000_000)],
])("says of %s what an inspection in this thread says, with the hash of all", async (_what, body) => {
  await using objects = await openBucket();
  const file = await store(objects, body);
  const read = await inspect(objects, file);
  expect(read).toEqual(await inspectHere(inspectFile)(objects, file));
  expect(read?.sha256).toBe(createHash("sha256").update(body).digest("hex"));
});

test("only hashes a large file of a folder whose files have no report", async () => {
  await using objects = await openBucket();
  const file = await store(objects, megabytes("x"));
  expect(await inspect(objects, { ...file, kind: "media/original/text" })).toEqual({
    report: null,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test("reads with the limits that it is given, in this thread and in one of its own", async () => {
  await using objects = await openBucket();
  const limits = { ...usualLimits, rowsPerFile: 2 };
  for (const body of [`${row}\n`.repeat(3), megabytes(row)]) {
    const read = await inspect(objects, { ...(await store(objects, body)), limits });
    expect(read?.report).toMatchObject({ rows: 2, faults: [{ message: "The file has more than 2 rows." }] });
  }
});

test("the bytes of a large file don't pass through this thread's clients", async () => {
  await using objects = await openBucket();
  const file = await store(objects, megabytes(row));
  await using elsewhere = openObjects({ ...objects.config, endpoint: "http://127.0.0.1:9" });
  expect(await inspect({ ...elsewhere, config: objects.config }, file)).toMatchObject({
    report: { faultCount: 0 },
  });
});

test("has nothing of a large object that was replaced or is gone", async () => {
  await using objects = await openBucket();
  const file = await store(objects, megabytes(row));
  expect(await inspect(objects, { ...file, etag: "another" })).toBeUndefined();
  expect(await inspect(objects, { ...file, key: "nowhere" })).toBeUndefined();
});

test("a store that fails is that error here too, by its code and with its cause", async () => {
  await using objects = await openBucket();
  const file = await store(objects, megabytes(row));
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  proxy.setFault({ kind: "unavailable" });
  const { config } = objects;
  const failing = { ...objects, config: { ...config, endpoint: proxy.url } };
  const error = await inspect(failing, file).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "storage_unavailable", cause: expect.any(Error) });
  expect(error.message).toContain("get 'f'");
});

test.runIf(platform() === "linux")("gives way to the other threads of its process", async () => {
  await using objects = await openBucket();
  const own = getPriority();
  const low = Math.max(own, constants.priority.PRIORITY_LOW);
  const file = await store(objects, megabytes(row));
  // So that its thread is there for as long as this one needs to see it.
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  proxy.setFault({ kind: "hold" });
  const config = { ...objects.config, endpoint: proxy.url };
  const inspection = inspect({ ...objects, config }, file);
  await vi.waitFor(() => expect(Math.max(...prioritiesOfThreads())).toBe(low), {
    timeout: 100_000,
    interval: 1,
  });
  proxy.setFault();
  await inspection;
  expect(getPriority()).toBe(own);
});

/** As `proc_pid_stat(5)` tells them, whose second field may hold anything between its brackets. */
const prioritiesOfThreads = (): number[] =>
  readdirSync("/proc/self/task").map((thread) => {
    const [state = ""] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ").slice(-1);
    return Number(state.split(" ")[16]);
  });
