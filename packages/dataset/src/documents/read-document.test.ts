import { describe, expect, test } from "vitest";
import { collect } from "../testing/bytes.ts";
import type { DocumentKind } from "./document-limits.ts";
import { readDocument } from "./read-document.ts";
import { fixture, streamed } from "./testing/fixtures.ts";
import { notesPart, paragraph, relationships, writeDocx } from "./testing/write-docx.ts";

const read = (content: string | Uint8Array, kind: DocumentKind) =>
  collect(readDocument(streamed(content), kind));
const texts = async (content: string | Uint8Array, kind: DocumentKind) =>
  (await read(content, kind)).map(({ text }) => text);

describe("a PDF", () => {
  test("gives its text page by page, with lines and paragraphs, without the pages that have none", async () => {
    expect(await read(await fixture("three-pages.pdf"), "pdf")).toEqual([
      { text: "The first line\nthe second line\n\nA new paragraph.", page: 1, pages: 3 },
      { text: "日本語", page: 3, pages: 3 },
    ]);
  });

  test("of images only has no text", async () => {
    await expect(texts(await fixture("images-only.pdf"), "pdf")).rejects.toMatchObject({ code: "no_text" });
  });

  test.each(["user-password.pdf", "owner-password-no-copy.pdf"])("%s is protected", async (name) => {
    await expect(texts(await fixture(name), "pdf")).rejects.toMatchObject({ code: "encrypted_document" });
  });

  test("whose owner password lets anybody copy its text is read", async () => {
    expect(await texts(await fixture("owner-password.pdf"), "pdf")).toEqual(["A secret"]);
  });
});

describe("a Word document", () => {
  test("gives headings, paragraphs, lists as lines and tables as tabbed lines", async () => {
    expect(await texts(await fixture("paragraphs.docx"), "docx")).toEqual([
      "Käse & Brot 👨‍👩‍👧",
      "First paragraph with عربي and e\u0301.",
      "one\ntwo",
      "A line\tafter a tab\nafter a break ",
      "r0c0\t\tr0c2\n\tr1c1\tr1c2",
      "The end.",
    ]);
  });

  test("keeps notes, and leaves out what was deleted, moved away or written for older programs", async () => {
    const compatibility = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"';
    const body = [
      paragraph("kept"),
      `<w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins>${"<w:r><w:t>inserted</w:t></w:r>"}</w:ins></w:p>`,
      `<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>`,
      `<w:p><w:r><mc:AlternateContent ${compatibility}><mc:Choice><w:t>new</w:t></mc:Choice><mc:Fallback><w:t>old</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>`,
    ];
    const parts = [
      { name: "word/_rels/document.xml.rels", content: relationships([["footnotes", "footnotes.xml"]]) },
      {
        name: "word/footnotes.xml",
        content: notesPart("footnotes", `<w:footnote>${paragraph("a note")}</w:footnote>`),
      },
    ];
    expect(await texts(writeDocx(body.join(""), { parts }), "docx")).toEqual([
      "kept",
      "inserted",
      "new",
      "a note",
    ]);
  });

  test("without a word has no text", async () => {
    await expect(texts(writeDocx("<w:p/>"), "docx")).rejects.toMatchObject({ code: "no_text" });
  });
});

describe("an HTML file", () => {
  test("gives what a reader of the page sees", async () => {
    const page = `<!doctype html><title>no</title><style>p{}</style><h1>K&auml;se &amp; 👨‍👩‍👧</h1>
      <p>one <b>bold</b>\n  text<p>two<br>three<ul><li>a<li><p>b</p><ul><li>c</ul></ul>
      <script>no()</script><!-- no --><noscript>no</noscript><div hidden>no<div>no</div></div>
      <div style="color: red; display:none">no</div><pre>\n a\n  b</pre>the&nbsp;end`;
    expect(await texts(page, "html")).toEqual([
      "Käse & 👨‍👩‍👧",
      "one bold text",
      "two\nthree",
      "a\nb\nc",
      " a\n  b",
      "the\u00a0end",
    ]);
  });

  test("gives table rows as lines with a tab between cells, and empty cells their place", async () => {
    const page = "<table><tr><td>1<td><td>3<tr><th><p>x</p></th><td><p>y</p></td></table>after";
    expect(await texts(page, "html")).toEqual(["1\t\t3\nx\ty", "after"]);
  });

  test("is read in the encoding that it declares, else as UTF-8", async () => {
    const russian = Buffer.concat([
      Buffer.from('<meta charset="windows-1251"><p>'),
      Buffer.from([0xcf, 0xf0]),
    ]);
    expect(await texts(russian, "html")).toEqual(["Пр"]);
    await expect(texts(Buffer.from([0x3c, 0x70, 0x3e, 0xe4]), "html")).rejects.toMatchObject({
      code: "not_utf8",
    });
  });

  test("keeps every character whatever the chunks", async () => {
    const text = "👨‍👩‍👧 עברית e\u0301 \u2028 \u{1f1e9}\u{1f1ea}".repeat(20_000);
    expect((await texts(`<p>${text}`, "html")).join("")).toBe(text);
  });

  test("without a word has no text", async () => {
    await expect(texts("<p> </p><img src=x>", "html")).rejects.toMatchObject({ code: "no_text" });
  });
});

test.each(["pdf", "docx", "html"] as const)("an empty %s has no text", async (kind) => {
  await expect(texts("", kind)).rejects.toMatchObject({ code: "no_text" });
});
