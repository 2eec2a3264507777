import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lacksChromium, openChromium, openPage } from "@loraloom/testkit/chromium";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundlePage } from "./bundle-page.ts";
import { installClient } from "./install-client.ts";
import { readmeChats, readReadmeExample } from "./readme-example.ts";
import { runCommand } from "./run-command.ts";
import { servePages } from "./serve-pages.ts";
import { startLiveServer } from "./start-live-server.ts";
import { startLiveWorker } from "./start-live-worker.ts";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const exactTypes = fileURLToPath(new URL("exact-types", import.meta.url));
const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

let project: Awaited<ReturnType<typeof installClient>>;
beforeAll(async () => {
  project = await installClient();
});
afterAll(() => project?.[Symbol.asyncDispose]());

test("the tarball holds one script and its declarations", async () => {
  const files = await readdir(join(project.folder, "node_modules/@loraloom/client/dist"));
  expect(files.sort()).toEqual(["index.d.ts", "index.js"]);
});

test("the declarations are small and hold nothing of the server", async () => {
  const declarations = await readFile(
    join(project.folder, "node_modules/@loraloom/client/dist/index.d.ts"),
    "utf8",
  );
  const procedures = declarations.match(/:(Query|Mutation|Subscription)</g) ?? [];
  expect(procedures.length).toBeGreaterThan(30);
  expect(declarations.length / procedures.length).toBeLessThan(450);
  expect(declarations).not.toMatch(/drizzle|\bpg\b|aws|hono|zod|@loraloom\/(?!client)/i);
});

test("the declarations are the server's types, however they are written", async () => {
  await runCommand(process.execPath, [tsc, "-p", "."], { cwd: exactTypes });
});

test("a user's project compiles under strict and runs against a live server", async () => {
  const { folder } = project;
  await runCommand(process.execPath, [tsc, "-p", "."], { cwd: folder });
  await using server = await startLiveServer();
  const path = join(folder, "persona chats.jsonl");
  await writeFile(path, row.repeat(1000));
  const env = { LORALOOM_URL: server.url, LORALOOM_KEY: server.apiKey };
  const printed = await runCommand(process.execPath, ["dist/main.js", path], { cwd: folder, env });
  expect(JSON.parse(printed)).toEqual({
    files: ["persona chats.jsonl", "streamed.jsonl", "held-out.jsonl"],
    progress: [0, 1],
    flagged: false,
    createdAt: true,
    events: ["run-queued", "run-cancelled"],
    unknownRun: "run_not_found",
  });
});

test("the README's example, pasted into that project, compiles, trains an adapter and chats with it", async () => {
  const { folder } = project;
  await using server = await startLiveServer({ baseModel: "test/tiny" });
  await using _ = await startLiveWorker(server);
  await writeFile(join(folder, "src", "example.ts"), await readReadmeExample(server.url));
  await runCommand(process.execPath, [tsc, "-p", ".", "--noEmit"], { cwd: folder });
  const args = ["src/example.ts", server.keyFile, readmeChats];
  const printed = await runCommand(process.execPath, args, { cwd: folder });
  expect(printed).toMatch(/^run-queued .*^run-started .*^progress .*^run-completed /ms);
  // What the adapter answered stands after the last event.
  expect(printed).toMatch(/^run-completed .*^}\n.*\S/ms);
});

test.skipIf(lacksChromium())("a page on another origin uploads, sets the flag and watches", async () => {
  const script = await bundlePage(project.folder);
  await using pages = await servePages({ "/page.js": script, "/": '<script src="/page.js"></script>' });
  await using server = await startLiveServer({ origins: [pages.url] });
  await using browser = await openChromium();
  const page = await openPage(browser);
  await page.goto(pages.url);
  const call = (name: string) =>
    page.evaluate(`page.${name}(${JSON.stringify(server.url)}, ${JSON.stringify(server.apiKey)})`);

  expect(await call("uploadFromPage")).toEqual({
    size: row.length,
    lastLoaded: row.length,
    before: false,
    after: true,
  });
  expect(await call("watchFromPage")).toEqual(["run-queued", "run-cancelled"]);
  expect(await call("uploadPathFromPage")).toContain("chats.jsonl");
});
