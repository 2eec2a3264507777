import { SAXParser } from "parse5-sax-parser";
import { blockJson } from "./blocks.ts";
import { decodeHtml } from "./html-encoding.ts";
import { HtmlText } from "./html-text.ts";
import { noText } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

/**
 * The text of an HTML file, tokenized as browsers do.
 *
 * No tree is built, so that depth costs nothing; nothing that the page refers to is looked at.
 */
export async function* readHtml(spool: Spool): AsyncGenerator<string> {
  let blocks = 0;
  for await (const text of textBlocks(spool)) {
    blocks += 1;
    yield blockJson({ text });
  }
  if (blocks === 0) throw noText("html");
}

async function* textBlocks(spool: Spool): AsyncGenerator<string> {
  const page = new HtmlText();
  const parser = followed(page);
  for (const text of decodeHtml(spool.chunks())) {
    await new Promise((resolve) => parser.write(text, resolve));
    yield* page.flow.take();
  }
  await new Promise<void>((resolve) => parser.end(resolve));
  yield* page.flow.end();
}

const followed = (page: HtmlText): SAXParser => {
  const parser = new SAXParser();
  parser.on("startTag", (tag) => page.startTag(tag));
  parser.on("endTag", (tag) => page.endTag(tag));
  parser.on("text", ({ text }) => page.text(text));
  return parser;
};
