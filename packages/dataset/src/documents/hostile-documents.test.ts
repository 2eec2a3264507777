import { describe, expect, test } from "vitest";
import { collect } from "../testing/bytes.ts";
import type { DocumentKind, DocumentLimits } from "./document-limits.ts";
import { readDocument } from "./read-document.ts";
import { fixture, streamed } from "./testing/fixtures.ts";
import { paragraph, writeDocx } from "./testing/write-docx.ts";
import { textContent, writePage, writePdf } from "./testing/write-pdf.ts";
import { writeZip } from "./testing/write-zip.ts";

const mebibyte = 1024 * 1024;

const read = (content: string | Uint8Array, kind: DocumentKind, limits: Partial<DocumentLimits> = {}) =>
  collect(readDocument(streamed(content), kind, limits));
const beyond = (limit: keyof DocumentLimits) => ({ code: "document_limit", details: { limit } });
const damaged = { code: "inspection_failed" };
const encrypted = { code: "encrypted_document" };

describe("HTML", () => {
  test.each(["div", "table", "ul", "svg", "b", "pre"])(
    "nested one million <%s> deep is read",
    async (tag) => {
      const page = `<p>first</p>${`<${tag}>`.repeat(1_000_000)}</svg>`;
      expect(await read(page, "html")).toEqual([{ text: "first" }]);
    },
  );

  test("that holds more text than the limit is given up", async () => {
    const page = "<p>word</p>".repeat(20_000);
    await expect(read(page, "html", { outputBytes: mebibyte / 4 })).rejects.toMatchObject(
      beyond("outputBytes"),
    );
  });

  test("larger than the limit is given up while it comes", async () => {
    await expect(read("x".repeat(1000), "html", { fileBytes: 999 })).rejects.toMatchObject(
      beyond("fileBytes"),
    );
  });
});

describe("a Word document", () => {
  test("that unpacks to more than it declares is cut at the limit", async () => {
    const bomb = writeZip([{ name: "_rels/.rels", content: " ".repeat(8 * mebibyte), declaredSize: 10 }]);
    await expect(read(bomb, "docx", { unpackedBytes: mebibyte })).rejects.toMatchObject(
      beyond("unpackedBytes"),
    );
  });

  test("nested deeper than the limit is given up", async () => {
    const body = "<w:p>".repeat(100_000);
    await expect(read(writeDocx(body), "docx")).rejects.toMatchObject(beyond("nesting"));
  });

  test("of too many parts is given up", async () => {
    const parts = Array.from({ length: 20 }, (_, at) => ({ name: `part-${at}`, content: "" }));
    const file = writeDocx(paragraph("text"), { parts });
    await expect(read(file, "docx", { parts: 20 })).rejects.toMatchObject(beyond("parts"));
  });

  test.each([
    ["a file of this machine", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ["itself a billion times", '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY x "&a;&a;&a;&a;">]>'],
  ])("with an entity that stands for %s is refused", async (_, prolog) => {
    await expect(read(writeDocx(paragraph("&x;"), { prolog }), "docx")).rejects.toMatchObject(damaged);
  });

  test("that is encrypted as a compound file is told from one of Word 97", async () => {
    const header = Buffer.from("d0cf11e0a1b11ae1", "hex");
    const locked = Buffer.concat([header, Buffer.alloc(70_000), Buffer.from("EncryptedPackage", "utf16le")]);
    await expect(read(locked, "docx")).rejects.toMatchObject(encrypted);
    await expect(read(Buffer.concat([header, Buffer.alloc(1000)]), "docx")).rejects.toMatchObject(damaged);
  });

  test("whose parts are encrypted is protected", async () => {
    const file = writeZip([{ name: "_rels/.rels", content: "secret", isEncrypted: true }]);
    await expect(read(file, "docx")).rejects.toMatchObject(encrypted);
  });

  test("cut short is damaged", async () => {
    const file = await fixture("paragraphs.docx");
    await expect(read(file.subarray(0, file.length / 2), "docx")).rejects.toMatchObject(damaged);
  });
});

describe("a PDF", () => {
  test("whose page unpacks to more than the memory there is, is given up", async () => {
    const bomb = writePage(Buffer.alloc(512 * mebibyte, " "));
    await expect(read(bomb, "pdf", { memoryBytes: 256 * mebibyte })).rejects.toMatchObject(
      beyond("memoryBytes"),
    );
  });

  test("that takes longer than the limit is given up", async () => {
    const slow = writePage(`${textContent("a")} `.repeat(1_000_000));
    await expect(read(slow, "pdf", { milliseconds: 1000 })).rejects.toMatchObject(beyond("milliseconds"));
  });

  test("whose pages are their own parents is damaged", async () => {
    const cyclic = writePdf([
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 2 /Parent 3 0 R >>",
      "<< /Type /Pages /Kids [2 0 R] /Count 2 /Parent 2 0 R >>",
    ]);
    await expect(read(cyclic, "pdf")).rejects.toMatchObject(damaged);
  });

  test("that claims a billion pages has those that are there", async () => {
    const endless = writePage(textContent("one"), "/Count 1000000000");
    expect(await read(endless, "pdf")).toEqual([{ text: "one", page: 1, pages: 1 }]);
  });

  test("of more pages than the limit is given up", async () => {
    await expect(read(await fixture("three-pages.pdf"), "pdf", { pages: 2 })).rejects.toMatchObject(
      beyond("pages"),
    );
  });

  test("with lists nested a million deep is damaged", async () => {
    const deep = writePdf([`<< /Type /Catalog /Pages ${"[".repeat(1_000_000)} >>`]);
    await expect(read(deep, "pdf")).rejects.toMatchObject(damaged);
  });

  test("cut short is damaged", async () => {
    const file = await fixture("three-pages.pdf");
    await expect(read(file.subarray(0, 200), "pdf")).rejects.toMatchObject(damaged);
  });
});
