import { expect, test } from "vitest";
import { describeError } from "./describe-error.ts";
import { apiKeys } from "./tables/index.ts";
import { openTestStore } from "./testing/index.ts";

const failureOf = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => undefined,
    (error: unknown) => error,
  );

test("a query's failure tells the statement and the server's verdict, and none of the values", async () => {
  await using store = await openTestStore();
  const row = { id: "id", hash: "canary\n    at hash", kind: "service", name: "canary", scopes: [] } as const;
  const add = () => store.db.insert(apiKeys).values({ ...row, scopes: [] });
  await add();
  const described = describeError(await failureOf(add()));
  expect(described).toMatchObject({
    name: "DrizzleQueryError",
    sql: expect.stringMatching(/^insert into "api_keys" .*\$1/),
    stack: expect.stringMatching(/^at /),
    cause: { name: "DatabaseError", code: "23505", severity: "ERROR", table: "api_keys" },
  });
  expect(described).toHaveProperty("cause.constraint");
  expect(JSON.stringify(described)).not.toContain("canary");
});

test("a value that the server itself repeats is left out", async () => {
  await using store = await openTestStore();
  const described = describeError(await failureOf(store.pool.query("select $1::int", ["canary"])));
  expect(described).toMatchObject({ name: "DatabaseError", code: "22P02" });
  expect(JSON.stringify(described)).not.toContain("canary");
});

test("any other error is told in full, with its causes and without its own fields", () => {
  const cause = Object.assign(new TypeError("below"), { code: "EX", request: "canary" });
  const described = describeError(new Error("above", { cause }));
  expect(described).toMatchObject({
    name: "Error",
    message: "above",
    stack: expect.stringContaining("describe-error.test"),
    cause: { name: "TypeError", message: "below", code: "EX" },
  });
  expect(JSON.stringify(described)).not.toContain("canary");
  expect(describeError("text")).toBe("text");
});
