import { type Token, type TokenHandler, Tokenizer, TokenizerMode } from "parse5";
import { blockJson } from "./blocks.ts";
import { decodeHtml } from "./html-encoding.ts";
import { HtmlText } from "./html-text.ts";
import { noText } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

/** Elements whose content is no markup; browsers switch their tokenizer for each of them. */
const rawContent: Record<string, keyof typeof TokenizerMode> = {
  textarea: "RCDATA",
  title: "RCDATA",
  ...Object.fromEntries(
    ["style", "xmp", "iframe", "noembed", "noframes", "noscript"].map((tag) => [tag, "RAWTEXT"]),
  ),
  script: "SCRIPT_DATA",
  plaintext: "PLAINTEXT",
};

/**
 * The text of an HTML file, tokenized as browsers do.
 *
 * No tree is built, so that depth costs nothing; nothing that the page refers to is looked at.
 */
export async function* readHtml(spool: Spool): AsyncGenerator<string> {
  let blocks = 0;
  for (const text of textBlocks(spool)) {
    blocks += 1;
    yield blockJson({ text });
  }
  if (blocks === 0) throw noText("html");
}

function* textBlocks(spool: Spool): Generator<string> {
  const page = new HtmlText();
  const tokenizer = followed(page);
  for (const text of decodeHtml(spool.chunks())) {
    tokenizer.write(text, false);
    yield* page.flow.take();
  }
  tokenizer.write("", true);
  yield* page.flow.end();
}

const followed = (page: HtmlText): Tokenizer => {
  const onText = ({ chars }: Token.CharacterToken) => page.text(chars);
  const ignore = () => undefined;
  const handler: TokenHandler = {
    onStartTag: (tag) => {
      // A style of a drawing ends with its tag, as every element of XML may.
      const mode = page.isInDrawing ? undefined : rawContent[tag.tagName];
      if (mode) tokenizer.state = TokenizerMode[mode];
      page.startTag(tag);
    },
    onEndTag: (tag) => page.endTag(tag),
    onCharacter: onText,
    onWhitespaceCharacter: onText,
    onNullCharacter: ignore,
    onComment: ignore,
    onDoctype: ignore,
    onEof: ignore,
  };
  const tokenizer = new Tokenizer({}, handler);
  return tokenizer;
};
