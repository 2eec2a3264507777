import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { servePage } from "./serve-page.ts";

const session = { url: "http://127.0.0.1:1", apiKey: "a key", userId: "demo", avatarId: "osk" };
/** Taken from the system's own range, away from a page that is open beside the tests. */
const port = 34_720;

test("the session is told to the page alone", async () => {
  await using page = await servePage(session, port);
  const ask = (method: string, site: string) =>
    fetch(new URL("/session", page.url), { method, headers: { "sec-fetch-site": site } });
  for (const site of ["cross-site", "same-site", "none"]) expect((await ask("POST", site)).status).toBe(403);
  expect((await ask("GET", "same-origin")).status).toBe(403);
  const answer = await ask("POST", "same-origin");
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await answer.json()).toEqual(session);
});

test("nothing of the disk is served but the page and what it imports", async () => {
  await using page = await servePage(session, port);
  await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-page-"));
  const secret = join(folder.path, "first-key");
  await writeFile(secret, "a secret");
  const statusOf = async (path: string) => (await fetch(new URL(path, page.url))).status;
  const inRepository = fileURLToPath(new URL("../../../../package.json", import.meta.url));
  expect(await statusOf("/src/page/main.tsx")).toBe(200);
  expect(await statusOf(`/@fs${secret}?raw`)).toBe(403);
  expect(await statusOf(`/@fs${secret}`)).toBe(403);
  expect(await statusOf(`/@fs${inRepository}?raw`)).toBe(403);
});
