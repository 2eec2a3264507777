import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { downloadFile } from "./download-file.ts";
import { DownloadError } from "./failures/cli-error.ts";

const bytes = randomBytes(300_000);
const file = {
  name: "model.safetensors",
  size: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
};
const half = bytes.length / 2;

type Answer = (response: ServerResponse, offset: number) => void;
const whole: Answer = (response, offset) =>
  response.writeHead(offset > 0 ? 206 : 200).end(bytes.subarray(offset));
const expired: Answer = (response) => response.writeHead(403).end("Request has expired");
/** Breaks the connection once the first half is on its way. */
const broken: Answer = (response, offset) => {
  response.writeHead(offset > 0 ? 206 : 200, { "content-length": bytes.length - offset });
  response.write(bytes.subarray(offset, half), () => response.destroy());
};

/** A store whose links hold for one request each, answered one after the other as told. */
const openStore = async (answers: Answer[]) => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-download-"));
  const asked: string[] = [];
  const server = createServer(({ url = "", headers: { range = "" } }, response) => {
    asked.push(`${url} ${range}`.trim());
    const offset = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    (answers.shift() ?? expired)(response, offset);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let links = 0;
  return {
    folder,
    asked,
    link: async () => `http://127.0.0.1:${port}/${++links}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
};

const download = async ({ folder, link }: Awaited<ReturnType<typeof openStore>>) => {
  let loaded = 0;
  const path = join(folder, file.name);
  const onBytes = (count: number) => {
    loaded += count;
  };
  await downloadFile(file, { path, link, onBytes, signal: AbortSignal.timeout(60_000) });
  return { loaded, content: await readFile(path) };
};

test("a file that breaks off is taken up where it ended, by a link of that moment", async () => {
  await using store = await openStore([broken, whole]);
  const { loaded, content } = await download(store);
  expect(content.equals(bytes)).toBe(true);
  expect(loaded).toBe(bytes.length);
  expect(store.asked).toEqual(["/1", expect.stringMatching(/^\/2 bytes=\d+-$/)]);
});

test("a link that has expired is got anew", async () => {
  await using store = await openStore([expired, whole]);
  expect((await download(store)).content.equals(bytes)).toBe(true);
  expect(store.asked).toEqual(["/1", "/2"]);
});

test("a file that doesn't come leaves nothing behind, and its link is told to nobody", async () => {
  await using store = await openStore([]);
  const failure: unknown = await download(store).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DownloadError);
  expect(failure).toMatchObject({ message: "The object store answered 403 for 'model.safetensors'." });
  expect(await readdir(store.folder)).toEqual([]);
});
