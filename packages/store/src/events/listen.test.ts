import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test, vi } from "vitest";
import { openPool } from "../database/pool.ts";
import { openTestStore, type TestStore } from "../testing/index.ts";
import { listen } from "./listen.ts";

const unheard = { onNotify: () => {}, onConnect: () => {} };
const waiting = { timeout: 100_000, interval: 20 };

const triesOf = ({ logged }: TestStore): number =>
  logged.filter(({ message }) => message.includes("trying again")).length;

test("where the database refuses to listen no connection is left behind", async () => {
  await using store = await openTestStore();
  const connections = async (): Promise<number> => {
    const { rowCount } = await store.pool.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'loraloom-listen'`,
    );
    return rowCount ?? 0;
  };
  // A name that the database doesn't take.
  const listener = await listen(store, { ...unheard, channel: "" });
  await vi.waitFor(() => expect(triesOf(store)).toBeGreaterThan(1), waiting);
  await listener[Symbol.asyncDispose]();
  await vi.waitFor(async () => expect(await connections()).toBe(0), { ...waiting, timeout: 10_000 });
});

test("a database that says nothing is left after a while, and asked again", async () => {
  await using store = await openTestStore();
  // It reads, by which it sees who leaves.
  await using silent = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const pool = openPool(`postgres://u:p@127.0.0.1:${port}/d`, store.log);
  await using _listener = await listen(
    { pool, log: store.log },
    { ...unheard, channel: "news" },
    { patienceMilliseconds: 50 },
  );
  await vi.waitFor(() => expect(triesOf(store)).toBeGreaterThan(1), waiting);
});
