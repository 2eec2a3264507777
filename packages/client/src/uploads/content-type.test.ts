import { expect, it } from "vitest";
import { contentTypeOf } from "./content-type.ts";

it.each([
  ["chats.jsonl", "application/jsonl"],
  ["LOG.PDF", "application/pdf"],
  ["chats.jsonl.gz", "application/gzip"],
  ["notes", "application/octet-stream"],
  ["walk.unknown", "application/octet-stream"],
])("a file called %s is %s", (name, type) => {
  expect(contentTypeOf(name)).toBe(type);
});
