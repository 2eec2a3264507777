import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { collect } from "../testing/bytes.ts";
import { confinedFlags } from "./confinement.ts";
import { documentLimits } from "./document-limits.ts";
import { readDocument } from "./read-document.ts";
import { streamed } from "./testing/fixtures.ts";
import { paragraph, relationships, writeDocx } from "./testing/write-docx.ts";
import { textContent, writePdf } from "./testing/write-pdf.ts";

const escapeProgram = fileURLToPath(new URL("./testing/try-to-escape.ts", import.meta.url));

test("a reader child can write its own folder and reach nothing else", async () => {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loraloom-escape-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const flags = confinedFlags(folder, documentLimits);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, escapeProgram, folder], {
    env: {},
  });
  expect(JSON.parse(stdout)).toEqual({ tried: 63, worked: ["write its own folder"] });
});

test("nothing that a document refers to is fetched", async () => {
  await using server = await countingServer();
  const { origin } = server;
  const page = `<base href="${origin}"><link rel=stylesheet href="${origin}/css"><script src="${origin}/js"></script>
    <img src="${origin}/img"><iframe src="${origin}/frame"></iframe><p>page</p>`;
  const parts = [
    { name: "word/_rels/document.xml.rels", content: relationships([["footnotes", `${origin}/notes`]]) },
  ];
  const prolog = `<?xml-stylesheet href="${origin}/style" type="text/xsl"?>`;
  const document = writeDocx(paragraph("document"), { parts, prolog });
  expect(await texts(page, "html")).toEqual(["page"]);
  expect(await texts(document, "docx")).toEqual(["document"]);
  expect(await texts(pdfThatCalls(origin), "pdf")).toEqual(["paper"]);
  const entity = `<!DOCTYPE d SYSTEM "${origin}/dtd" [<!ENTITY x SYSTEM "${origin}/entity">]>`;
  await expect(texts(writeDocx(paragraph("&x;"), { prolog: entity }), "docx")).rejects.toThrow();
  expect(server.requests()).toBe(0);
});

const texts = async (content: string | Uint8Array, kind: "pdf" | "docx" | "html") =>
  (await collect(readDocument(streamed(content), kind))).map(({ text }) => text);

/** Calls as it opens, by script, by address and by a page's content that lies elsewhere. */
const pdfThatCalls = (origin: string): Buffer =>
  writePdf([
    `<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.launchURL\\("${origin}/js"\\)) >> >>`,
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /AA << /O << /S /URI /URI (${origin}/uri) >> >> >>`,
    { dictionary: "", stream: textContent("paper") },
    `<< /Type /Font /Subtype /TrueType /BaseFont /Foreign /FontDescriptor << /FontFile2 << /FS /URL /F (${origin}/font) >> >> >>`,
  ]);

const countingServer = async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests: () => requests,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};
