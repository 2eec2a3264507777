import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import type { KeptPart } from "../service/kept-part.ts";
import { processState } from "../service/process-state.ts";
import { type Breakable, injectFault } from "./inject-fault.ts";

/** A service whose host and database are one process, of a script. */
const processOf = async (script: string) => {
  const child = spawn("sh", ["-c", `${script} echo ready; read line`]);
  await once(child.stdout, "data");
  const { pid = 0 } = child;
  const part: KeptPart = {
    name: "part",
    pid: () => pid,
    killAll: () => child.kill("SIGKILL"),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const service = { hosts: [part], database: part } as Partial<Breakable> as Breakable;
  return { pid, service, [Symbol.dispose]: () => void child.kill("SIGKILL") };
};

const patience = (): AbortSignal => AbortSignal.timeout(60_000);

test("a process that is killed is gone, and is not there a second time", async () => {
  using target = await processOf("");
  const fault = { kind: "host-killed", host: 0 } as const;
  expect(await injectFault(target.service, fault, patience())).toBe("hit");
  expect(await processState(target.pid)).toBe("gone");
  expect(await injectFault(target.service, fault, patience())).toBe("nothing there");
});

test("a process that is stopped is, and goes on afterwards", async () => {
  using target = await processOf("");
  const fault = { kind: "host-paused", host: 0, seconds: 0.1 } as const;
  expect(await injectFault(target.service, fault, patience())).toBe("hit");
  await expect.poll(() => processState(target.pid)).toBe("goes on");
});

test("a process that a signal does nothing to was missed", async () => {
  using target = await processOf("trap '' INT;");
  const fault = { kind: "database-stopped" } as const;
  expect(await injectFault(target.service, fault, AbortSignal.timeout(500))).toBe("missed");
});
