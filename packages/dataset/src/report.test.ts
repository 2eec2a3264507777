import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "./limits.ts";
import { inspectFile } from "./report.ts";
import { chatLine, inChunks } from "./testing/bytes.ts";

const inspect = (content: string | Uint8Array) =>
  inspectFile({ name: "chats.jsonl", bytes: inChunks(content) });
const faultsOf = async (content: string | Uint8Array) =>
  (await inspect(content)).faults.map(({ line, path, code }) => [line, path, code]);
const messages = (...list: unknown[]) => JSON.stringify({ messages: list });
const user = { role: "user", content: "Hello" };
const assistant = { role: "assistant", content: "Ahoy" };

it("counts the rows of a good file, blank lines aside", async () => {
  const report = await inspect(`\uFEFF${chatLine("a", "b")}\r\n\n  \n${chatLine("Ünïcødé 🐙", "d")}`);
  expect(report).toEqual({
    format: "chat-jsonl",
    compressed: null,
    rows: 2,
    usableRows: 2,
    faultCount: 0,
    faults: [],
    warningCount: 0,
    warnings: [],
    duplicates: 0,
    rowKinds: { messages: 2, text: 0, preference: 0, labelled: 0 },
    speaker: null,
    speakers: [],
    dialogs: 0,
    unassignedDialogs: 0,
    characters: 13,
    longestCharacters: 11,
    pages: null,
  });
});

it("reports each bad line of a file with its line, path and code", async () => {
  const content = [
    "{oops",
    chatLine("a", "b"),
    "",
    messages(user),
    messages({ role: "wizard", content: "x" }, assistant),
  ];
  const report = await inspect(content.join("\n"));
  expect(report).toMatchObject({ rows: 4, usableRows: 1, faultCount: 3 });
  expect(report.faults.map(({ name, line, path, code }) => [name, line, path, code])).toEqual([
    ["chats.jsonl", 1, null, "invalid_json"],
    ["chats.jsonl", 4, "messages", "example_missing_assistant_message"],
    ["chats.jsonl", 5, "messages[0].role", "unrecognized_role"],
  ]);
});

describe("each fault has its code and place", () => {
  it.each([
    ["a number", "5", [1, null, "data_type"]],
    ["a list", "[]", [1, null, "data_type"]],
    ["null", "null", [1, null, "data_type"]],
    ["no messages", '{"mesages":[]}', [1, null, "missing_messages_list"]],
    ["messages that are a text", '{"messages":"x"}', [1, "messages", "data_type"]],
    ["no message", '{"messages":[]}', [1, "messages", "empty_messages"]],
    ["a message that is a text", messages("x", assistant), [1, "messages[0]", "data_type"]],
    ["no role", messages({ content: "x" }, assistant), [1, "messages[0]", "message_missing_key"]],
    ["no content", messages(user, { role: "assistant" }), [1, "messages[1]", "message_missing_key"]],
    [
      "an empty text",
      messages(user, { ...assistant, content: " \n" }),
      [1, "messages[1].content", "missing_content"],
    ],
    [
      "null as text",
      messages(user, { ...assistant, content: null }),
      [1, "messages[1].content", "missing_content"],
    ],
    [
      "a number as text",
      messages({ ...user, content: 5 }, assistant),
      [1, "messages[0].content", "data_type"],
    ],
    [
      "an unknown key",
      messages({ ...user, mood: 1 }, assistant),
      [1, "messages[0]", "message_unrecognized_key"],
    ],
    [
      "a tool without a function",
      JSON.stringify({ messages: [user, assistant], tools: [{ type: "function" }] }),
      [1, "tools[0].function", "data_type"],
    ],
    [
      "a user who calls a tool",
      messages({ ...user, tool_calls: [{ function: { name: "f", arguments: "{}" } }] }, assistant),
      [1, "messages[0]", "message_unrecognized_key"],
    ],
    ["half a weight", messages(user, { ...assistant, weight: 0.5 }), [1, "messages[1].weight", "bad_weight"]],
    ["a user's weight", messages({ ...user, weight: 1 }, assistant), [1, "messages[0].weight", "bad_weight"]],
    [
      "a name that is a number",
      messages({ ...user, name: 5 }, assistant),
      [1, "messages[0].name", "data_type"],
    ],
    [
      "only weight 0",
      messages({ ...assistant, weight: 0 }),
      [1, "messages", "example_missing_assistant_message"],
    ],
    [
      "half a Unicode pair",
      messages({ ...user, content: "\ud800" }, assistant),
      [1, "messages[0].content", "not_utf8"],
    ],
    [
      "an image",
      messages({ ...user, content: [{ type: "image_url" }] }, assistant),
      [1, "messages[0].content[0]", "unsupported_modality"],
    ],
  ])("%s", async (_case, line, fault) => {
    expect(await faultsOf(`${line}\n${messages(user, assistant)}`)).toEqual([fault]);
  });

  it("bytes that are not UTF-8", async () => {
    expect(await faultsOf(Buffer.from([0x7b, 0xff, 0x7d]))).toEqual([[1, null, "not_utf8"]]);
  });
  it("nothing, or nothing but blank lines", async () => {
    expect(await faultsOf("")).toEqual([[null, null, "empty_file"]]);
    expect(await faultsOf("\n \r\n")).toEqual([[null, null, "empty_file"]]);
  });
  it("a row over the limit, and only that row", async () => {
    const content = `${chatLine("a", "x".repeat(limits.rowBytes))}\n${chatLine("a", "b")}\n`;
    const report = await inspectFile({ name: "long.jsonl", bytes: inChunks(content, 65_536) });
    expect(report).toMatchObject({ rows: 2, usableRows: 1, faults: [{ line: 1, code: "too_large" }] });
  });
});

it("reports several faults of one line together", async () => {
  const line = messages({ role: "wizard", content: "" }, { ...assistant, mood: "salty" });
  expect(await faultsOf(line)).toEqual([
    [1, "messages[0].role", "unrecognized_role"],
    [1, "messages[0].content", "missing_content"],
    [1, "messages[1]", "message_unrecognized_key"],
  ]);
});

it("keeps the first faults and counts them all", async () => {
  const report = await inspect("{\n".repeat(limits.reportedFaults + 50));
  expect(report.faultCount).toBe(limits.reportedFaults + 50);
  expect(report.faults).toHaveLength(limits.reportedFaults);
});

it("never throws and always accounts for every row, whatever the bytes", async () => {
  const json = fc.json().map((text) => Buffer.from(`${text}\n`));
  const almost = fc
    .record({ messages: fc.array(fc.oneof(fc.constant(user), fc.constant(assistant), fc.jsonValue())) })
    .map((row) => Buffer.from(`${JSON.stringify(row)}\n`));
  const piece = fc.oneof(
    json,
    almost,
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async (pieces) => {
      const report = await inspect(Buffer.concat(pieces));
      expect(report.usableRows).toBeLessThanOrEqual(report.rows);
      expect(report.faultCount === 0).toBe(report.usableRows === report.rows && report.rows > 0);
      // A database's JSON column refuses NUL and half pairs.
      const texts = report.faults.flatMap(({ message, path }) => [message, path ?? ""]);
      expect(texts.every((text) => text.isWellFormed() && !text.includes("\0"))).toBe(true);
    }),
  );
});
