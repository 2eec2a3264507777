import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { users } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { preparedQuery } from "./prepared-query.ts";

const named = preparedQuery((db) =>
  db
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder("id")))
    .prepare("user-of-a-test"),
);

test("a query that is built once sees what its caller sees: a transaction its own rows, others none of them", async () => {
  await using store = await openTestStore();
  await store.db.transaction(async (tx) => {
    await tx.insert(users).values({ id: "ada" });
    expect(await named(tx).execute({ id: "ada" })).toEqual([{ id: "ada", createdAt: expect.any(Date) }]);
    expect(await named(store.db).execute({ id: "ada" })).toEqual([]);
  });
  const both = await Promise.all(["ada", "bob"].map((id) => named(store.db).execute({ id })));
  expect(both).toMatchObject([[{ id: "ada" }], []]);
});
