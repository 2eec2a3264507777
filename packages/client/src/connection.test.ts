import { expect, test } from "vitest";
import { authorization, openConnection } from "./connection.ts";

test.each([
  ["http://127.0.0.1:4710", "http://127.0.0.1:4710/trpc"],
  ["https://example.org/loraloom/", "https://example.org/loraloom/trpc"],
])("finds the procedures of %s", (url, expected) => {
  expect(openConnection({ url, apiKey: "ll_key" }).url).toBe(expected);
});

test.each(["", "127.0.0.1:4710", "/trpc", "ftp://example.org"])("refuses the url '%s'", (url) => {
  expect(() => openConnection({ url, apiKey: "ll_key" })).toThrowError(
    expect.objectContaining({ code: "bad_input" }),
  );
});

test("takes a key with the line end of its file", () => {
  const connection = openConnection({ url: "http://127.0.0.1:4710", apiKey: "ll_key\n" });
  expect(authorization(connection)).toEqual({ authorization: "Bearer ll_key" });
});
