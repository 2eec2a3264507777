import { errorEntry, errorCodes as tableCodes } from "@loraloom/errors";
import { TRPCClientError } from "@trpc/client";
import { expect, test } from "vitest";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { clientError, clientErrors, isLoraloomError, toClientError } from "./errors.ts";

test("the list of codes is the server's table", () => {
  expect([...errorCodes].sort()).toEqual([...tableCodes].sort());
});

test("the codes of the client say what the server's table says", () => {
  for (const [code, entry] of Object.entries(clientErrors)) {
    expect(tableCodes).toContain(code);
    expect(errorEntry(code as ErrorCode)).toMatchObject(entry);
  }
});

test("an error is known by its marker, also to another copy of the package", async () => {
  const copy: typeof import("./errors.ts") = await import(
    /* @vite-ignore */ `${import.meta.resolve("./errors.ts")}?copy`
  );
  const error = copy.clientError("network", "The server was not reached.");
  expect(copy.isLoraloomError).not.toBe(isLoraloomError);
  expect(isLoraloomError(error)).toBe(true);
  expect(isLoraloomError(error, "network")).toBe(true);
  expect(isLoraloomError(error, "internal")).toBe(false);
  expect(isLoraloomError(new Error("network"))).toBe(false);
});

test("what the server said is kept, with the request id and the cause", () => {
  const loraloom = {
    code: "run_not_found",
    message: "There is no run 'x'.",
    remedy: "List the runs with train.list.",
    retryable: false,
    fault: "user",
    details: { runId: "x" },
    requestId: "r1",
  };
  const shape = { message: "There is no run 'x'.", code: -32004, data: { code: "NOT_FOUND", loraloom } };
  const cause = TRPCClientError.from({ error: shape });
  const error = toClientError(cause);
  const { fault, ...fields } = loraloom;
  expect(error).toMatchObject({ ...fields, cause, data: shape.data });
});

test("no answer is a retryable network error", () => {
  const refused = new Error("connect ECONNREFUSED 127.0.0.1:9");
  const cause = new TypeError("fetch failed", { cause: refused });
  expect(toClientError(cause, "http://127.0.0.1:9")).toMatchObject({
    code: "network",
    retryable: true,
    message: "The server at http://127.0.0.1:9 was not reached: connect ECONNREFUSED 127.0.0.1:9.",
    cause,
  });
});

test("an error of ours passes as it is", () => {
  const error = clientError("too_large", "Too large.", { details: { limit: 1 } });
  expect(toClientError(error)).toBe(error);
});
