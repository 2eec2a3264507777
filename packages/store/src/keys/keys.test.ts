import { expect, test } from "vitest";
import {
  checkAvatarId,
  checkFileName,
  checkUserId,
  decodeSegment,
  encodeSegment,
  fileKey,
  flagsKey,
} from "./index.ts";

test.each(["", ".", "..", "../ann", "a/b", "a\\b", "a b", "ü", "a\0", "a\n", "%2e%2e", "x".repeat(129)])(
  "%j is neither a user id nor an avatar id",
  (id) => {
    expect(() => checkUserId(id)).toThrow(expect.objectContaining({ code: "bad_user_id" }));
    expect(() => checkAvatarId(id)).toThrow(expect.objectContaining({ code: "bad_avatar_id" }));
  },
);

test.each(["a", "__proto__", "ann@example.org", "auth0|1:2+3-4_5", "...", "x".repeat(128)])(
  "%j is an id",
  (id) => {
    expect(checkUserId(id)).toBe(id);
    expect(checkAvatarId(id)).toBe(id);
  },
);

test("the error of a bad id names the value, shortened", () => {
  expect(() => checkUserId(`/${"x".repeat(500)}`)).toThrow(/^"\/x{79}…" is not a user id/);
});

test("a file name may be any text that a file system keeps", () => {
  expect(checkFileName("u\u0308 日本 __proto__..jsonl")).toBe("ü 日本 __proto__..jsonl");
  expect(checkFileName("x".repeat(255))).toHaveLength(255);
});

test.each(["family 👩‍👩‍👧.jsonl", "heart ❤️.jsonl", "می‌خواهم.jsonl", "क्‍ष.jsonl", "a b\u3000c.jsonl"])(
  "%s keeps the joiners, the form and the spaces that it needs",
  (name) => {
    expect(checkFileName(name)).toBe(name);
  },
);

test.each(["", ".hidden", "..", "a/b", "a\\b", "a\ud800", "ü".repeat(128)])("%j is no file name", (name) => {
  expect(() => checkFileName(name)).toThrow(expect.objectContaining({ code: "bad_file_name" }));
});

test.each([
  ["a\u0000", "it holds the control character U+0000"],
  ["a\u0085b", "it holds the control character U+0085"],
  ["a\u2028b", "it holds the control character U+2028"],
  ["a\u202egpj.exe", "it holds the turn of the text's direction U+202E"],
  ["a\u2066b", "it holds the turn of the text's direction U+2066"],
  ["\u200ba", "it holds the invisible character U+200B"],
  ["a\u200fb", "it holds the invisible character U+200F"],
  ["\ufeffa.jsonl", "it holds the invisible character U+FEFF"],
  ["so\u00adft", "it holds the invisible character U+00AD"],
  ["\u3164", "it holds the invisible character U+3164"],
  ["   ", "nothing of it can be seen"],
  ["\u3000\u00a0", "nothing of it can be seen"],
  ["\u200d", "nothing of it can be seen"],
  [" a", "it begins or ends with a space"],
  ["a.jsonl ", "it begins or ends with a space"],
])("%j is no file name: %s", (name, reason) => {
  const refusal = {
    code: "bad_file_name",
    message: expect.stringContaining(`is not a file name: ${reason}.`),
  };
  expect(() => checkFileName(name)).toThrow(expect.objectContaining(refusal));
});

test("the error of a bad name shows what can't be seen", () => {
  expect(() => checkFileName("a\u202egpj.exe")).toThrow(/^"aU\+202Egpj\.exe" is not a file name/);
});

test("every segment can be read back, and no two share a key", () => {
  const names = ["a..b", "a.%2Eb", "a.%252Eb", "%", "%25", "...", "a%2E", "plain.jsonl"];
  expect(names.map((name) => decodeSegment(encodeSegment(name)))).toEqual(names);
  expect(new Set(names.map(encodeSegment)).size).toBe(names.length);
  expect(names.map(encodeSegment).join()).not.toContain("..");
});

test("files and their flags lie where people look for them", () => {
  const scope = { userId: "ann", avatarId: "amy" };
  const folder = { ...scope, kind: "training_data" } as const;
  expect(flagsKey(folder)).toBe("users/ann/avatars/amy/adapters/metadata/metadata.json");
  expect(fileKey(scope, "training_data", "__proto__")).toBe(
    "users/ann/avatars/amy/adapters/training_data/__proto__",
  );
});

test("an id of dots stays inside its place", () => {
  expect(fileKey({ userId: "...", avatarId: "a" }, "training_data", "b..c")).toBe(
    "users/.%2E%2E/avatars/a/adapters/training_data/b.%2Ec",
  );
});
