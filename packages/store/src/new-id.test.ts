import { decodeTime, isValid } from "ulid";
import { expect, test, vi } from "vitest";
import { newId } from "./new-id.ts";

test("an id is a ULID of its moment, in which every letter of its random part occurs", () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
  const ids = Array.from({ length: 1_000 }, newId);
  vi.useRealTimers();
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => isValid(id) && decodeTime(id) === 1_700_000_000_000)).toBe(true);
  expect(new Set(ids.flatMap((id) => [...id.slice(10)])).size).toBe(32);
});
