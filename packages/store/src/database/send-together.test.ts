import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { users } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { readAs, type Statement, sendTogether } from "./send-together.ts";

test("statements that are sent together are done in their order, and none waits for the answer of another", async () => {
  await using store = await openTestStore();
  const steps: string[] = [];
  const noted = <Result>(name: string, { execute }: Statement<Result>): Statement<Result> => ({
    execute: () => {
      steps.push(`${name} is sent`);
      return readAs({ execute }, (answer) => {
        steps.push(`${name} is answered`);
        return answer;
      }).execute();
    },
  });
  const [, rows] = await store.db.transaction((tx) =>
    sendTogether(
      tx,
      noted("insert", tx.execute(sql`insert into users (id) values ('one')`)),
      noted("select", tx.select({ id: users.id }).from(users)),
    ),
  );
  expect(rows).toEqual([{ id: "one" }]);
  expect(steps.slice(0, 2)).toEqual(["insert is sent", "select is sent"]);
  expect(steps).toHaveLength(4);
});

test("of one that is refused nothing behind it is done, and its own error is told", async () => {
  await using store = await openTestStore();
  const refused = store.db.transaction((tx) =>
    sendTogether(
      tx,
      tx.insert(users).values({ id: "one" }),
      tx.execute(sql`select 1 / 0`),
      // Of whose answer one knows earlier.
      tx.select().from(users),
    ),
  );
  await expect(refused).rejects.toMatchObject({ cause: { message: "division by zero" } });
  // The connection is as good as before.
  expect(await store.db.$count(users)).toBe(0);
  expect(store.pool.idleCount).toBe(store.pool.totalCount);
});

test("one that fails before it is sent is told after the others are answered", async () => {
  await using store = await openTestStore();
  const failed = store.db.transaction((tx) =>
    sendTogether(tx, tx.execute(sql`select pg_sleep(0.1)`), tx.execute(sql`select 1 / 0`), {
      execute: () => {
        throw new Error("mine");
      },
    }),
  );
  await expect(failed).rejects.toMatchObject({ cause: { message: "division by zero" } });
});

test("of one in several steps that was cut off by another the other's error is told", async () => {
  await using store = await openTestStore();
  const refused = store.db.transaction((tx) =>
    sendTogether(
      tx,
      { execute: async () => [await tx.$count(users), await tx.$count(users)] },
      tx.execute(sql`select 1 / 0`),
    ),
  );
  await expect(refused).rejects.toMatchObject({ cause: { message: "division by zero" } });
});
