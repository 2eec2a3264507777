import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { findFreePort, holdPort, isPortFree } from "./ports.ts";

test("a held port is not free for others until it is given back", async () => {
  const port = await findFreePort();
  const giveBack = await holdPort(port);
  expect(await isPortFree(port)).toBe(false);
  await expect(holdPort(port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await giveBack();
  await giveBack();
  expect(await isPortFree(port)).toBe(true);
});

test("a held port is given back although somebody has called there", async () => {
  const port = await findFreePort();
  const giveBack = await holdPort(port);
  const caller = connect(port, "127.0.0.1").resume();
  caller.on("error", () => {});
  await once(caller, "close");
  await giveBack();
  expect(await isPortFree(port)).toBe(true);
});
