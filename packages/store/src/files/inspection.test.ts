import { expect, test } from "vitest";
import { fileKey } from "../keys/index.ts";
import { deleteObject } from "../objects/index.ts";
import { files } from "../tables/index.ts";
import { beginUpload, inspectLines, openTestStore, putBytes, storeFile } from "../testing/index.ts";
import { completeUpload } from "../uploads/index.ts";
import { emptyReport } from "./empty-report.ts";
import { readFileObject } from "./index.ts";
import { inspectStoredFile, recordReport } from "./inspection.ts";

const scope = { userId: "ann", avatarId: "amy" };

test("a file above 1 MiB is inspected after the answer", async () => {
  await using store = await openTestStore();
  const file = await storeFile(store, scope, { name: "large", body: `${"x".repeat(1024 * 1024)}\n` });
  expect(file).toMatchObject({ state: "inspecting", report: null });
  await store.background.settled();
  expect(await store.db.select().from(files)).toMatchObject([{ state: "ready", report: { rows: 1 } }]);
});

test("an inspection that crashes leaves a file that is there, and a fault after three times", async () => {
  await using store = await openTestStore();
  const upload = await beginUpload(store, scope, { name: "a", body: "x\n" });
  await putBytes(upload, "x\n");
  const crash = async () => {
    throw new Error("out of luck");
  };
  const file = await completeUpload(store, scope, { uploadId: upload.uploadId, inspect: crash });
  expect(file.state).toBe("inspecting");
  await expect(inspectStoredFile(store, file.id, crash)).rejects.toThrow("out of luck");
  await expect(inspectStoredFile(store, file.id, crash)).rejects.toThrow("out of luck");
  await inspectStoredFile(store, file.id, crash);
  expect(await store.db.select().from(files)).toMatchObject([
    {
      state: "ready",
      report: { faultCount: 1, usableRows: 0, faults: [{ name: "a", code: "inspection_failed" }] },
    },
  ]);
});

test("a report of other bytes than the present ones is not kept", async () => {
  await using store = await openTestStore();
  const file = await storeFile(store, scope, { name: "a", body: "1\n" });
  await store.db.update(files).set({ state: "inspecting", report: null });
  const report = { ...emptyReport, rows: 9, usableRows: 9 };
  await recordReport(store, { ...file, etag: "another", report });
  expect(await store.db.select().from(files)).toMatchObject([{ state: "inspecting", report: null }]);
  await recordReport(store, { ...file, report });
  expect(await store.db.select().from(files)).toMatchObject([{ state: "ready", report: { rows: 9 } }]);
});

test("a file whose object another tool removed has that as its fault", async () => {
  await using store = await openTestStore();
  const file = await storeFile(store, scope, { name: "a" });
  await store.db.update(files).set({ state: "inspecting" });
  await deleteObject(store.objects, { key: fileKey(scope, "training_data", "a") });
  expect(await readFileObject(store, file)).toBeUndefined();
  await inspectStoredFile(store, file.id, inspectLines);
  expect(await store.db.select().from(files)).toMatchObject([
    { state: "ready", report: { faults: [{ code: "dataset_changed" }] } },
  ]);
});
