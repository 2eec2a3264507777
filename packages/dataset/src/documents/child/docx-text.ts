import type { XmlFollower, XmlTag } from "./docx-xml.ts";
import { FlowingText } from "./flowing-text.ts";

/** Word's own namespace, as Office and as the strict standard write it, and that of formulas. */
const textNamespaces = new Set([
  "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
  "http://purl.oclc.org/ooxml/wordprocessingml/main",
  "http://schemas.openxmlformats.org/officeDocument/2006/math",
  "http://purl.oclc.org/ooxml/officeDocument/math",
]);
const compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006";
/** Text that was moved away or deleted and not yet accepted. */
const removed = new Set(["moveFrom", "del"]);
const characters: Record<string, string> = {
  tab: "\t",
  br: "\n",
  cr: "\n",
  noBreakHyphen: "\u2011",
  softHyphen: "\u00ad",
};

type Paragraph = { isListItem: boolean; hasBegun: boolean };

/** Follows the tags of a part of a DOCX and keeps the text that a reader of the document sees. */
export class DocxText implements XmlFollower {
  readonly flow = new FlowingText();
  private readonly path: string[] = [];
  private readonly paragraphs: Paragraph[] = [];
  private isInList = false;
  private unseenDepth: number | undefined;
  private isRunHidden = false;
  private keepsSpace = false;

  readonly open = (tag: XmlTag): void => {
    const name = textNamespaces.has(tag.uri) ? tag.local : "";
    const parent = this.path.at(-1);
    this.path.push(name);
    if (this.unseenDepth !== undefined) return;
    if (removed.has(name) || (tag.uri === compatibility && tag.local === "Fallback")) {
      this.unseenDepth = this.path.length;
    } else this.enter(name, parent, tag);
  };

  readonly close = (): void => {
    const name = this.path.pop();
    if (this.unseenDepth !== undefined) {
      if (this.path.length < this.unseenDepth) this.unseenDepth = undefined;
      return;
    }
    if (name === "p") this.paragraphs.pop();
    if (name === "r") this.isRunHidden = false;
    if (name === "tbl") this.flow.endTable();
  };

  readonly text = (text: string): void => {
    if (this.unseenDepth !== undefined || this.path.at(-1) !== "t") return;
    this.write(this.keepsSpace ? text : text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""));
  };

  private enter(name: string, parent: string | undefined, tag: XmlTag): void {
    const paragraph = this.paragraphs.at(-1);
    if (name === "p") this.paragraphs.push({ isListItem: false, hasBegun: false });
    else if (name === "tbl") this.startTable();
    else if (name === "tr") this.flow.startRow();
    else if (name === "tc") this.flow.startCell();
    else if (name === "t") this.keepsSpace = tag.attributes["xml:space"]?.value === "preserve";
    else if (name === "vanish" && parent === "rPr") this.isRunHidden = isOn(tag);
    else if (parent === "r" && characters[name] !== undefined) this.write(characters[name]);
    else if (paragraph && (name === "numPr" || isListStyle(name, tag))) paragraph.isListItem = true;
  }

  private startTable(): void {
    this.leaveList();
    this.flow.startTable();
  }

  private write(text: string): void {
    if (this.isRunHidden) return;
    const paragraph = this.paragraphs.at(-1);
    if (paragraph && !paragraph.hasBegun) this.begin(paragraph);
    this.flow.text(text);
  }

  /** Only now it is known whether the paragraph is an item of a list, or empty. */
  private begin(paragraph: Paragraph): void {
    paragraph.hasBegun = true;
    if (!paragraph.isListItem) this.leaveList();
    else if (!this.isInList) {
      this.flow.startList();
      this.isInList = true;
    }
    this.flow.block();
  }

  private leaveList(): void {
    if (this.isInList) this.flow.endList();
    this.isInList = false;
  }
}

/** A property without a value is on. */
const isOn = (tag: XmlTag): boolean => {
  const value = attributeOf(tag, "val");
  return value !== "0" && value !== "false" && value !== "off";
};

/** The numbering of a list style stands in the style; their names begin alike in every program that we know. */
const isListStyle = (name: string, tag: XmlTag): boolean =>
  name === "pStyle" && /^list/i.test(attributeOf(tag, "val") ?? "");

const attributeOf = (tag: XmlTag, local: string): string | undefined =>
  Object.values(tag.attributes).find((attribute) => attribute.local === local)?.value;
