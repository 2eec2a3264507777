/** Files made to keep a host busy or to end it, uploaded as anybody may. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createClient } from "@loraloom/client";
import { repositoryRoot } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { startLiveServer } from "../../client/tests/start-live-server.ts";
import { paragraph, writeDocx } from "../../dataset/src/documents/testing/write-docx.ts";
import { writePdf } from "../../dataset/src/documents/testing/write-pdf.ts";

const scope = { userId: "ann", avatarId: "mia" };
const mebibyte = 1024 * 1024;
/** Far more than any call takes beside them; a host that hangs answers none. */
const patienceMs = 60_000;

const billionLaughs = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY x "&a;&a;&a;&a;">]>';
const hostileFiles = async (): Promise<[name: string, bytes: Uint8Array, code: string][]> => [
  ["bomb.jsonl.gz", gzipSync(Buffer.alloc(600 * mebibyte), { level: 1 }), "too_large"],
  ["deep.pdf", writePdf([`<< /Type /Catalog /Pages ${"[".repeat(1_000_000)} >>`]), "inspection_failed"],
  ["deep.docx", await readBad("nested-too-deep.docx"), "document_limit"],
  ["laughs.docx", writeDocx(paragraph("&x;"), { prolog: billionLaughs }), "inspection_failed"],
  ["locked.pdf", await readBad("encrypted.pdf"), "encrypted_document"],
];

const readBad = (name: string) => readFile(join(repositoryRoot, "packages/dataset/corpus/bad", name));

test("hostile files of every kind have their faults, and the host answers others meanwhile", async () => {
  const files = await hostileFiles();
  await using server = await startLiveServer();
  const client = createClient(server);
  let isOver = false;
  const uploading = client
    .uploadFiles(
      files.map(([name, bytes]) => ({ source: bytes, name })),
      { ...scope, concurrency: files.length },
    )
    .finally(() => {
      isOver = true;
    });
  const listNow = () => client.trainingData.list.query(scope, { signal: AbortSignal.timeout(patienceMs) });
  while (!isOver) await listNow();
  expect((await uploading).filter(({ error }) => error)).toEqual([]);

  const codesNow = async () =>
    (await listNow()).files.map(({ name, report }) => [
      name,
      ...(report?.faults ?? []).map(({ code }) => code),
    ]);
  const expected = files.map(([name, , code]) => [name, code]).sort();
  await expect.poll(codesNow, { timeout: 100_000 }).toEqual(expected);
});
