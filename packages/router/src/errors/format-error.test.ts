import { errorCodes, errorEntry, LoraloomError } from "@loraloom/errors";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { expect, test } from "vitest";
import { formatError } from "./format-error.ts";

const shape = {
  message: "",
  code: -32603,
  data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 },
} as const;
const format = (cause: Error) =>
  formatError({
    shape: { ...shape, data: { ...shape.data } },
    error: new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause }),
    input: undefined,
    ctx: undefined,
  });

test.each(errorCodes)("%s is answered with its status and whose fault it is", (code) => {
  const { data } = format(new LoraloomError(code, "It failed."));
  const { status, retryable } = errorEntry(code);
  expect(data).toMatchObject({ httpStatus: status, loraloom: { code, retryable, message: "It failed." } });
  const generic = getHTTPStatusCodeFromError(new TRPCError({ code: data.code }));
  expect(generic < 500).toBe(status < 500);
});

test("an unknown error shows neither its message nor its stack", () => {
  const answer = JSON.stringify(format(new Error("password=1234")));
  expect(answer).not.toContain("1234");
  expect(answer).toContain('"code":"internal"');
});
