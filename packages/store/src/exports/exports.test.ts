import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { python, startFaultProxy, testServices } from "@loraloom/testkit";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { resolveVersion } from "../adapters/index.ts";
import { adapterKeys } from "../keys/index.ts";
import { deleteObject, putObject } from "../objects/index.ts";
import { sweepStagedPrefixes } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { exports, versions } from "../tables/index.ts";
import { openTestStore, sha256Of } from "../testing/index.ts";
import { keysBelow } from "../testing/run-objects.ts";
import { prepareAvatar, trainVersion } from "../testing/scenario.ts";
import { downloadArchive, sweepExpiredExports } from "./index.ts";

const mebibyte = 1024 ** 2;

/** What another program finds in an archive: names with the SHA-256 of what they hold. */
const listArchive = async (archive: Uint8Array): Promise<Record<string, string>> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-archive-"));
  const path = join(folder, "archive.zip");
  await writeFile(path, archive);
  const program = `
import hashlib, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
print(json.dumps({name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}))`;
  const { stdout } = await promisify(execFile)(python, ["-c", program, path]);
  await rm(folder, { recursive: true });
  return JSON.parse(stdout);
};

const fetchBytes = async (url: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());

const livingBytes = (): number => {
  // What the first one finds dead is freed beside it, and counts until the next one begins.
  gc?.();
  gc?.();
  return process.memoryUsage().arrayBuffers;
};

test("an archive holds a version's files and its manifest, and is made once", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const versionId = await trainVersion(store, scope);
  const { archive, ...download } = await downloadArchive(store, scope);
  expect(download.versionId).toBe(versionId);
  const bytes = await fetchBytes(archive.url);
  expect(bytes.byteLength).toBe(archive.size);
  expect(sha256Of(bytes)).toBe(archive.sha256);
  const { files } = await resolveVersion(store, scope, versionId);
  expect(await listArchive(bytes)).toEqual({
    ...Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])),
    "manifest.json": expect.any(String),
  });
  const again = await downloadArchive(store, scope, { version: versionId });
  expect(new URL(again.archive.url).pathname).toBe(new URL(archive.url).pathname);
  expect(await keysBelow(store, adapterKeys(scope).exportsPrefix)).toHaveLength(1);
});

test("an archive is made anew before it expires and swept afterwards", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await trainVersion(store, scope);
  const first = await downloadArchive(store, scope);
  await store.db.update(exports).set({ expiresAt: sql`now() + interval '5 minutes'` });
  const second = await downloadArchive(store, scope);
  expect(new URL(second.archive.url).pathname).not.toBe(new URL(first.archive.url).pathname);
  await store.db.update(exports).set({ expiresAt: sql`now()` });
  await sweepExpiredExports(store);
  await sweepStagedPrefixes(store);
  expect(await keysBelow(store, adapterKeys(scope).exportsPrefix)).toEqual([]);
  expect(await store.db.$count(exports)).toBe(0);
});

test("a damaged version gives no archive, and nothing of one is left", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const versionId = await trainVersion(store, scope);
  const key = adapterKeys(scope).versionFile(versionId, "adapter_model.safetensors");
  await putObject(store.objects, { key, body: versionId.toLowerCase() });
  const corrupt = { code: "corrupt_adapter", message: expect.stringContaining(key) };
  await expect(downloadArchive(store, scope)).rejects.toMatchObject(corrupt);
  await deleteObject(store.objects, { key });
  await expect(downloadArchive(store, scope)).rejects.toMatchObject(corrupt);
  await sweepStagedPrefixes(store);
  expect(await keysBelow(store, adapterKeys(scope).exportsPrefix)).toEqual([]);
});

/** Makes a version's weights large. */
const growWeights = async (store: Store, scope: { userId: string; avatarId: string }, bytes: number) => {
  const versionId = await trainVersion(store, scope);
  const body = randomBytes(bytes);
  const name = "adapter_model.safetensors";
  await putObject(store.objects, { key: adapterKeys(scope).versionFile(versionId, name), body });
  const { files } = await resolveVersion(store, scope, versionId);
  const [config] = files;
  if (!config) throw new Error("A version without files");
  const large = { name, size: bytes, sha256: sha256Of(body) };
  await store.db.update(versions).set({ files: [config, large] });
  return large;
};

test("a large archive goes through in pieces, over a store that fails in between", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const scope = await prepareAvatar(store);
  const large = await growWeights(store, scope, 64 * mebibyte);
  const isExport = ({ path }: { path: string }) => path.includes("/exports/");
  proxy.setFault({ kind: "unavailable", times: 1, matches: isExport });
  const before = livingBytes();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, livingBytes() - before);
  }, 500);
  const { archive } = await downloadArchive(store, scope);
  clearInterval(watch);
  expect(most).toBeLessThan(0.75 * large.size);
  expect(await listArchive(await fetchBytes(archive.url))).toMatchObject({ [large.name]: large.sha256 });
});
