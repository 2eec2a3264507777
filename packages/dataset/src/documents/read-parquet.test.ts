import { expect, test } from "vitest";
import { collect } from "../testing/bytes.ts";
import { readParquet } from "./read-parquet.ts";
import { fixture, streamed } from "./testing/fixtures.ts";

const codecs = ["snappy", "gzip", "zstd", "brotli", "lz4", "none"];

test.each(codecs)("rows of a Parquet file in %s come as JSON values", async (codec) => {
  const rows = await collect(readParquet(streamed(await fixture(`rows-${codec}.parquet`))));
  const always = { at: "2024-01-02T03:04:05.000Z", price: 1.25 };
  const chat = [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
  ];
  expect(rows).toEqual([
    {
      index: 0,
      row: {
        ...always,
        prompt: "Käse?",
        messages: chat,
        count: 1,
        score: 1.5,
        label: true,
        bytes: "AP8=",
        tags: ["x", "y"],
      },
    },
    {
      index: 1,
      row: {
        ...always,
        prompt: "👨‍👩‍👧",
        messages: [],
        count: "9007199254740993",
        score: null,
        label: false,
        bytes: "",
        tags: [],
      },
    },
    {
      index: 2,
      row: {
        ...always,
        prompt: null,
        messages: null,
        count: -5,
        score: null,
        label: null,
        bytes: null,
        tags: null,
      },
    },
  ]);
});

test("a text column with bytes that are no UTF-8 is named", async () => {
  const file = await fixture("rows-none.parquet");
  const at = file.indexOf("Käse?");
  file[at + 1] = 0xff;
  await expect(collect(readParquet(streamed(file)))).rejects.toMatchObject({ code: "not_utf8" });
});

test("an encrypted Parquet file is known by its first bytes", async () => {
  const file = Buffer.concat([Buffer.from("PARE"), Buffer.alloc(100), Buffer.from("PARE")]);
  await expect(collect(readParquet(streamed(file)))).rejects.toMatchObject({ code: "encrypted_document" });
});

test("more rows than the limit, or a larger row, are refused", async () => {
  const file = await fixture("rows-snappy.parquet");
  const limited = (limits: object) => collect(readParquet(streamed(file), limits));
  await expect(limited({ rows: 2 })).rejects.toMatchObject({
    code: "document_limit",
    details: { limit: "rows" },
  });
  await expect(limited({ rowBytes: 100 })).rejects.toMatchObject({ details: { limit: "rowBytes" } });
});
