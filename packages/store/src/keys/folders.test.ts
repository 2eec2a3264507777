import { expect, test } from "vitest";
import {
  avatarFolders,
  checkFolder,
  fileKey,
  fileNameOf,
  flaggedFolderOf,
  flaggedKinds,
  flagsKey,
  folderPrefix,
} from "./index.ts";

const avatar = { userId: "ann", avatarId: "amy" };
const user = { userId: "ann", avatarId: null };

test("every folder lies where the layout draws it", () => {
  expect(avatarFolders.map((kind) => fileKey(avatar, kind, "a"))).toEqual([
    "users/ann/avatars/amy/adapters/training_data/a",
    "users/ann/avatars/amy/adapters/evaluation_data/a",
    "users/ann/avatars/amy/vectorstore_data/a",
    "users/ann/avatars/amy/media/audio/a",
    "users/ann/avatars/amy/media/original/video/a",
    "users/ann/avatars/amy/media/original/text/a",
    "users/ann/avatars/amy/media/original/audio/a",
    "users/ann/avatars/amy/media/original/images/a",
  ]);
  expect(fileKey(user, "image", "a")).toBe("users/ann/image/a");
  expect(fileKey(user, checkFolder(null, "notes-2_old"), "a")).toBe("users/ann/notes-2_old/a");
});

test("two folders have a dictionary of flags", () => {
  expect(flaggedKinds.map((kind) => flagsKey({ ...avatar, kind }))).toEqual([
    "users/ann/avatars/amy/adapters/metadata/metadata.json",
    "users/ann/avatars/amy/vectorstore_metadata/metadata.json",
  ]);
  expect(flaggedFolderOf({ ...avatar, kind: "evaluation_data" })).toBeUndefined();
  expect(flaggedFolderOf({ ...user, kind: "vectorstore" })).toBeUndefined();
});

test.each(["", "avatars", "Image", "-a", "a/b", "..", "a b", "x".repeat(64), "training_data", "media/audio"])(
  "%j is no folder of a user",
  (folder) => {
    expect(() => checkFolder(null, folder)).toThrow(expect.objectContaining({ code: "bad_folder" }));
  },
);

test.each(["", "image", "adapters", "metadata", "training_data/", "media"])(
  "%j is no folder of an avatar",
  (folder) => {
    expect(() => checkFolder("amy", folder)).toThrow(expect.objectContaining({ code: "bad_folder" }));
  },
);

test("a key is read back as the name of its file, and one that we would not write is none", () => {
  const prefix = folderPrefix(avatar, "training_data");
  for (const name of ["a.jsonl", "a..b", "50%", "ü 日本"]) {
    expect(fileNameOf(prefix, fileKey(avatar, "training_data", name))).toBe(name);
  }
  for (const segment of ["a..b", "50%", "u\u0308", ".hidden", "sub/a", "a%2eb", ""]) {
    expect(fileNameOf(prefix, `${prefix}${segment}`), segment).toBeUndefined();
  }
});
