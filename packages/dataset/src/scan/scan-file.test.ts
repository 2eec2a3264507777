import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { expect, it } from "vitest";
import { limits } from "../limits.ts";
import { chatLine, collect, inChunks } from "../testing/bytes.ts";
import { scanFile } from "./scan-file.ts";
import type { Scanned } from "./scanned.ts";

const small = { ...limits, fileBytes: 400, rowBytes: 200, rowsPerFile: 3 };
const scan = async (content: string) =>
  (await collect(scanFile({ name: "f", bytes: inChunks(content) }, { limits: small }).batches)).flat();
const tooLarge = { rows: 0, faults: [expect.objectContaining({ line: null, code: "too_large" })] };

it("stops at the first row too many", async () => {
  const scanned = await scan(`${chatLine("a", "b")}\n`.repeat(5));
  expect(scanned).toHaveLength(4);
  expect(scanned.at(-1)).toEqual(tooLarge);
});

it("stops where the file is longer than it may be", async () => {
  const scanned = await scan(`${chatLine("a", "b".repeat(90))}\n`.repeat(3));
  expect(scanned.at(-1)).toEqual(tooLarge);
  expect(scanned.length).toBeLessThan(4);
});

it("gives other work of the process its turns in a file of many bad lines", async () => {
  const bytes = (async function* () {
    yield new TextEncoder().encode("{x\n".repeat(100_000));
  })();
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  const before = process.cpuUsage();
  for await (const _ of scanFile({ name: "bad.jsonl", bytes }).batches);
  const milliseconds = process.cpuUsage(before).user / 1_000;
  clearInterval(counting);
  expect(turns).toBeGreaterThan(milliseconds / 100);
});

/** A gzip of so many bytes, made while it is read. */
const bomb = (piece: Uint8Array, bytes: number) => {
  const pieces = function* () {
    for (let made = 0; made < bytes; made += piece.length) yield piece;
  };
  return Readable.from(pieces()).pipe(createGzip({ level: 1 }));
};
const tenGigabytes = 10 * 1024 ** 3;

it.each([
  ["zeros", new Uint8Array(1024 * 1024)],
  ["rows", Buffer.from(`${chatLine("a", "b")}\n`.repeat(10_000))],
  ["one line", Buffer.from("x".repeat(1024 * 1024))],
])("refuses a gzip that unpacks to 10 GB of %s at the limit", async (_what, piece) => {
  const unpackedLimit = { ...limits, fileBytes: 64 * 1024 * 1024 };
  const { batches } = scanFile({ name: "f", bytes: bomb(piece, tenGigabytes) }, { limits: unpackedLimit });
  let last: Scanned | undefined;
  for await (const batch of batches) last = batch.at(-1) ?? last;
  expect(last).toMatchObject({
    faults: [{ code: "too_large", message: expect.stringContaining("Unpacked") }],
  });
});

it("holds no more of a long dialog or list than it needs, and says where a limit is", async () => {
  const turn = JSON.stringify({ speaker: "Ada", content: "x".repeat(1000) });
  const dialog = `{"dialog":[${Array.from({ length: 100 }, () => turn).join(",")}],"speaker":"Ada"}`;
  const options = { limits: { ...limits, dialogBytes: 50_000 } };
  const [last] = (await collect(scanFile({ name: "f", bytes: inChunks(dialog, 999) }, options).batches))
    .flat()
    .slice(-1);
  expect(last).toMatchObject({ faults: [{ code: "too_large", line: 1 }] });
});

it("ends the stream that it doesn't read to its end", async () => {
  let ended = false;
  const bytes = (async function* () {
    try {
      yield Buffer.from("\x89PNG\r\n\x1a\n".padEnd(70_000), "latin1");
      yield Buffer.from("more");
    } finally {
      ended = true;
    }
  })();
  await collect(scanFile({ name: "f", bytes }).batches);
  expect(ended).toBe(true);
});

it("passes an error of the stream itself through", async () => {
  const cut = async function* () {
    yield Buffer.from(`${chatLine("a", "b")}\n`);
    throw new Error("the connection is gone");
  };
  const plain = collect(scanFile({ name: "f", bytes: cut() }).batches);
  await expect(plain).rejects.toThrow("the connection is gone");
});
