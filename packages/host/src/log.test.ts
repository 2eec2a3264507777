import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const messagesOf = (stdout: string): string[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).msg);

test.each([
  ["that ends by itself", "setTimeout(() => {}, 1)"],
  ["that is ended at once", "process.exit(0)"],
])("a process %s has written every line of its log", async (_, end) => {
  const program = `
    import { createLog } from ${JSON.stringify(join(import.meta.dirname, "log.ts"))};
    const log = createLog("info");
    log.info("first");
    log.warn("second");
    ${end};`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  expect(messagesOf(stdout)).toEqual(["first", "second"]);
});
