import { expect, test } from "vitest";
import { changing, noChanges, readUnchanged } from "./changes.ts";

const held = () => Promise.withResolvers<void>();

test("what is read while nothing is changed is shown", async () => {
  const changes = noChanges();
  await changing(changes, () => Promise.resolve());
  expect(await readUnchanged(changes, () => Promise.resolve("list"))).toBe("list");
});

test("a list that was asked for before a change and comes after it is not shown", async () => {
  const changes = noChanges();
  const answer = held();
  const read = readUnchanged(changes, () => answer.promise);
  await changing(changes, () => Promise.resolve());
  answer.resolve();
  expect(await read).toBeNull();
});

test("a list that comes while a change is on its way is not shown, even if that change fails", async () => {
  const changes = noChanges();
  const change = held();
  const changed = changing(changes, () => change.promise);
  expect(await readUnchanged(changes, () => Promise.resolve("list"))).toBeNull();
  change.reject(new Error("refused"));
  await expect(changed).rejects.toThrow("refused");
  expect(await readUnchanged(changes, () => Promise.resolve("list"))).toBe("list");
});
