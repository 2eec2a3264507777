import { expect, it } from "vitest";
import { limits } from "../limits.ts";
import { chatLine, collect, inChunks } from "../testing/bytes.ts";
import { scanFile } from "./scan-file.ts";

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
  const started = performance.now();
  for await (const _ of scanFile({ name: "bad.jsonl", bytes }).batches);
  const took = performance.now() - started;
  clearInterval(counting);
  expect(turns).toBeGreaterThan(took / 100);
});
