import { isLoraloomError } from "@loraloom/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collect } from "../testing/bytes.ts";
import type { FileKind } from "./document-limits.ts";
import { readDocument } from "./read-document.ts";
import { readParquet } from "./read-parquet.ts";
import { fixture, streamed } from "./testing/fixtures.ts";

const codes = ["no_text", "encrypted_document", "document_limit", "not_utf8", "inspection_failed"];
const goodFiles: [FileKind, string][] = [
  ["pdf", "three-pages.pdf"],
  ["docx", "paragraphs.docx"],
  ["parquet", "rows-none.parquet"],
];

/** A start is a process of its own: enough runs to see a change, few enough for every day. */
const numRuns = 12;

test.each(goodFiles)("any damage to a good %s gives its rows or one of the codes", async (kind, name) => {
  const good = await fixture(name);
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
  const size = fc.oneof(fc.constant(good.length), fc.nat(good.length));
  await fc.assert(
    fc.asyncProperty(damage, size, async (changes, length) => {
      const bytes = Buffer.from(good);
      for (const [at, byte] of changes) bytes[at] = byte;
      expect([...codes, "read"]).toContain(await outcome(kind, bytes.subarray(0, length)));
    }),
    { numRuns },
  );
});

test("any bytes at all are rows or one of the codes", async () => {
  const kinds = fc.constantFrom<FileKind>("pdf", "docx", "html", "parquet");
  await fc.assert(
    fc.asyncProperty(kinds, fc.uint8Array({ maxLength: 2000 }), async (kind, bytes) => {
      expect([...codes, "read"]).toContain(await outcome(kind, bytes));
    }),
    { numRuns },
  );
});

const outcome = async (kind: FileKind, bytes: Uint8Array): Promise<string> => {
  try {
    await collect<unknown>(
      kind === "parquet" ? readParquet(streamed(bytes)) : readDocument(streamed(bytes), kind),
    );
    return "read";
  } catch (error) {
    if (isLoraloomError(error)) return error.code;
    throw error;
  }
};
