import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFiles } from "./find-files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loraloom-files-"));
  await mkdir(join(folder, "data", "deep"), { recursive: true });
  await mkdir(join(folder, "data", ".git"));
  for (const path of ["b.csv", "a.jsonl", "deep/c.md", ".hidden", ".git/config"]) {
    await writeFile(join(folder, "data", path), "12345");
  }
  await symlink(join(folder, "data"), join(folder, "data", "deep", "around"));
  await symlink(join(folder, "data", "a.jsonl"), join(folder, "data", "deep", "linked.jsonl"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a folder stands for all that lies in it and below it, in order, but what is hidden", async () => {
  const files = await findFiles([join(folder, "data")], undefined);
  expect(files.map(({ name, size }) => [name, size])).toEqual([
    ["a.jsonl", 5],
    ["b.csv", 5],
    ["c.md", 5],
    ["linked.jsonl", 5],
  ]);
});

test("a file that is named twice, or in its folder as well, is one", async () => {
  const data = join(folder, "data");
  const files = await findFiles([data, join(data, "deep", "..", "a.jsonl")], undefined);
  expect(files.map(({ name }) => name)).toEqual(["a.jsonl", "b.csv", "c.md", "linked.jsonl"]);
});

test("two files that Unicode writes in two ways are one name", async () => {
  await writeFile(join(folder, "caf\u00e9.txt"), "");
  await mkdir(join(folder, "other"), { recursive: true });
  await writeFile(join(folder, "other", "cafe\u0301.txt"), "");
  const paths = [join(folder, "caf\u00e9.txt"), join(folder, "other")];
  await expect(findFiles(paths, undefined)).rejects.toThrowError("would both be stored as");
});

test.each([
  ["a path that is not there", ["nowhere"], "There is no '"],
  ["a folder without files", ["."], "holds no files"],
])("%s is wrong use", async (_, paths, message) => {
  await mkdir(join(folder, "empty"), { recursive: true });
  const inEmpty = paths.map((path) => join(folder, "empty", path));
  await expect(findFiles(inEmpty, undefined)).rejects.toThrowError(message);
});
