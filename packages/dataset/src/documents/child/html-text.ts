import type { Token } from "parse5";
import { FlowingText } from "./flowing-text.ts";

const unseen = new Set(
  "script style template noscript noframes title iframe object audio video canvas svg datalist".split(" "),
);
const blocks = new Set(
  (
    "address article aside blockquote body details dialog dir fieldset figure footer form h1 h2 h3 h4 h5 h6 header " +
    "hgroup hr html main menu nav p pre section center"
  ).split(" "),
);
const lines = new Set(
  "li dt dd div br caption figcaption legend option optgroup summary tbody thead tfoot".split(" "),
);
const lists = new Set(["ul", "ol", "dl"]);
const preformatted = new Set(["pre", "textarea"]);
const voids = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
/** Elements that end without an end tag: hiding one could hide the rest of the file. */
const openEnded = new Set(
  "p li dt dd tr td th option optgroup tbody thead tfoot caption colgroup html body".split(" "),
);
const whitespace = /[ \t\n\f\r]+/g;
const startsWhite = /^[ \t\n\f\r]/;
const endsWhite = /[ \t\n\f\r]$/;

/** Follows the tags of an HTML file and keeps the text that a reader of the page sees. */
export class HtmlText {
  readonly flow = new FlowingText();
  private hidden: { tagName: string; depth: number } | undefined;
  private preformatted = 0;
  /** A line break right behind the tag is for the author's eyes. */
  private isAfterPreTag = false;

  get isInDrawing(): boolean {
    return this.hidden?.tagName === "svg";
  }

  startTag({ tagName, attrs, selfClosing }: Token.TagToken): void {
    if (this.hidden) this.deepen(tagName, 1);
    else if (!isHidden(tagName, attrs)) this.enter(tagName);
    // Only foreign elements can end in their own tag.
    else if (!(selfClosing && tagName === "svg")) this.hidden = { tagName, depth: 1 };
  }

  endTag({ tagName }: Token.TagToken): void {
    if (this.hidden) this.deepen(tagName, -1);
    else this.leave(tagName);
  }

  text(text: string): void {
    if (this.hidden) return;
    if (this.preformatted > 0) this.flow.text(this.isAfterPreTag ? text.replace(/^\n/, "") : text);
    else this.collapse(text);
    this.isAfterPreTag = false;
  }

  private enter(tagName: string): void {
    this.isAfterPreTag = preformatted.has(tagName);
    if (this.isAfterPreTag) this.preformatted += 1;
    if (tagName === "table") this.flow.startTable();
    else if (tagName === "tr") this.flow.startRow();
    else if (tagName === "td" || tagName === "th") this.flow.startCell();
    else if (lists.has(tagName)) this.flow.startList();
    else this.askBorder(tagName);
  }

  private leave(tagName: string): void {
    if (preformatted.has(tagName)) this.preformatted = Math.max(0, this.preformatted - 1);
    if (tagName === "table") this.flow.endTable();
    else if (lists.has(tagName)) this.flow.endList();
    else this.askBorder(tagName);
  }

  private collapse(text: string): void {
    if (startsWhite.test(text)) this.flow.space();
    this.flow.text(text.replace(whitespace, " ").replace(/^ | $/g, ""));
    if (endsWhite.test(text)) this.flow.space();
  }

  private askBorder(tagName: string): void {
    if (blocks.has(tagName)) this.flow.block();
    else if (lines.has(tagName)) this.flow.line();
  }

  private deepen(tagName: string, step: 1 | -1): void {
    if (!this.hidden || tagName !== this.hidden.tagName) return;
    this.hidden.depth += step;
    if (this.hidden.depth === 0) this.hidden = undefined;
  }
}

const isHidden = (tagName: string, attributes: Token.TagToken["attrs"]): boolean => {
  if (unseen.has(tagName)) return true;
  if (openEnded.has(tagName) || voids.has(tagName)) return false;
  return attributes.some(
    ({ name, value }) =>
      name === "hidden" || (name === "style" && /(?:^|;)\s*display\s*:\s*none/i.test(value)),
  );
};
