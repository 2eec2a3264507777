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

test.each(["", ".hidden", "..", "a/b", "a\\b", "a\u0000", "a\u0085b", "a\ud800", "ü".repeat(128)])(
  "%j is no file name",
  (name) => {
    expect(() => checkFileName(name)).toThrow(expect.objectContaining({ code: "bad_file_name" }));
  },
);

test("every segment can be read back, and no two share a key", () => {
  const names = ["a..b", "a.%2Eb", "a.%252Eb", "%", "%25", "...", "a%2E", "plain.jsonl"];
  expect(names.map((name) => decodeSegment(encodeSegment(name)))).toEqual(names);
  expect(new Set(names.map(encodeSegment)).size).toBe(names.length);
  expect(names.map(encodeSegment).join()).not.toContain("..");
});

test("files and their flags lie where people look for them", () => {
  const scope = { userId: "ann", avatarId: "amy" };
  expect(flagsKey(scope)).toBe("users/ann/avatars/amy/adapters/metadata/metadata.json");
  expect(fileKey(scope, "training_data", "__proto__")).toBe(
    "users/ann/avatars/amy/adapters/training_data/__proto__",
  );
});

test("an id of dots stays inside its place", () => {
  expect(fileKey({ userId: "...", avatarId: "a" }, "training_data", "b..c")).toBe(
    "users/.%2E%2E/avatars/a/adapters/training_data/b.%2Ec",
  );
});
