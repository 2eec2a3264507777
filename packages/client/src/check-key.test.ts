import { expect, test } from "vitest";
import { checkKey } from "./check-key.ts";
import { isLoraloomError } from "./errors.ts";

const key = "ll_3q2ZtK0v";

test.each([
  ["a line end", `${key}\n`],
  ["a line end of Windows", `${key}\r\n`],
  ["spaces", `  ${key} `],
  ["a byte order mark", `\ufeff${key}`],
])("takes a key with %s around it, as a file has it", (_, apiKey) => {
  expect(checkKey(apiKey)).toBe(key);
});

test.each(["", " \n", undefined, null, Buffer.from(key)])("'%s' is no key at all", (apiKey) => {
  expect(refusal(apiKey)).toMatchObject({ code: "missing_key", retryable: false });
});

test.each([
  ["the word Bearer before it", `Bearer ${key}`, "'Bearer'"],
  ["the word Bearer in lower case", `bearer\t${key}`, "'Bearer'"],
  ["the word Bearer alone", "Bearer ", "'Bearer'"],
  ["two lines", `${key}\n${key}`, `after ${key.length} characters`],
  ["a letter beyond ASCII", `${key}é`, `after ${key.length} others`],
  ["an invisible character", `${key}\u200b`, `after ${key.length} others`],
  ["a control character", `${key}\u0000`, `after ${key.length} others`],
  ["20,000 characters", key.padEnd(20_000, "x"), "20000 characters"],
])("says what is wrong with a key that has %s, without repeating it", (_, apiKey, said) => {
  const error = refusal(apiKey);
  expect(error).toMatchObject({ code: "invalid_key", retryable: false });
  expect(error.message).toContain(said);
  expect(error.message).not.toContain(key);
});

/** What a caller without types may give, too. */
const refusal = (apiKey: unknown) => {
  try {
    checkKey(apiKey as string);
  } catch (error) {
    if (isLoraloomError(error)) return error;
    throw error;
  }
  throw new Error("The key was taken.");
};
