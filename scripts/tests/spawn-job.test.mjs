import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { inRoot } from "../paths.mjs";

const spawnJobFile = inRoot("scripts", "spawn-job.mjs");
const program = `
  process.on("SIGTERM", () => { console.log("stopped"); process.exit(7); });
  console.log("running");
  setInterval(() => {}, 1000);`;
const runner = `
  import { spawnHere } from ${JSON.stringify(spawnJobFile)};
  process.exit(await spawnHere(process.execPath, ["-e", ${JSON.stringify(program)}]));`;

/** A shell that stays while its command runs, as npm's does; the runner's pid is a line of its own. */
const startInShell = () => {
  const script = '"$0" --input-type=module -e "$1" & echo $!; wait $!';
  const shell = spawn("sh", ["-c", script, process.execPath, runner], {
    env: { ...process.env, npm_lifecycle_event: "test" },
  });
  const exited = once(shell, "exit");
  let text = "";
  shell.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const untilPrinted = async (pattern) => {
    while (!pattern.test(text)) await once(shell.stdout, "data");
    return pattern.exec(text)[0];
  };
  return { shell, exited, untilPrinted };
};

test("a signal to the job is passed on to its program, whose exit code it takes", async () => {
  const { exited, untilPrinted } = startInShell();
  await untilPrinted(/running/);
  process.kill(Number(await untilPrinted(/^\d+$/m)), "SIGTERM");
  await untilPrinted(/stopped/);
  expect(await exited).toEqual([7, null]);
});

test("a signal that ends only npm's shell stops the program too", async () => {
  const { shell, untilPrinted } = startInShell();
  await untilPrinted(/running/);
  shell.kill("SIGTERM");
  await untilPrinted(/stopped/);
});
