/**
 * Tries what code inside a hostile file would try, under the flags of a reader child, and prints what worked.
 *
 * Run as `try-to-escape.ts <folder of its own>`.
 */
import "../child/no-network.ts";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder = ""] = process.argv.slice(2);
const require = createRequire(import.meta.url);

const attempts: Record<string, () => unknown> = {
  "write its own folder": () => writeFileSync(join(folder, "mine"), ""),
  "read a file of the machine": () => readFileSync("/etc/passwd"),
  "list a folder of the machine": () => readdirSync("/"),
  "write beside its folder": () => writeFileSync(join(folder, "..", "escaped"), ""),
  "write its program": () => writeFileSync(new URL("../child/main.ts", import.meta.url), ""),
  "fetch a page": () => globalThis.fetch("http://127.0.0.1:9/"),
  "open a socket": () => new globalThis.WebSocket("ws://127.0.0.1:9/"),
  "bind to the system": () => Reflect.get(process, "binding")("tcp_wrap"),
  "evaluate a text": () => Reflect.construct(Function, ["return 1"])(),
};

for (const name of [
  "net",
  "http",
  "https",
  "http2",
  "dns",
  "tls",
  "dgram",
  "child_process",
  "worker_threads",
]) {
  for (const id of [name, `node:${name}`]) {
    attempts[`import ${id}`] = () => import(id);
    attempts[`require ${id}`] = () => require(id);
    attempts[`load ${id}`] = () => process.getBuiltinModule(id);
  }
}

const worked: string[] = [];
for (const [name, attempt] of Object.entries(attempts)) {
  const outcome = await Promise.allSettled([(async () => attempt())()]);
  if (outcome[0].status === "fulfilled") worked.push(name);
}
process.stdout.write(JSON.stringify({ tried: Object.keys(attempts).length, worked }));
