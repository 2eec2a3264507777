/** Deeper lists than any data has: only an attack nests further. */
const deepest = 100;
const simpleEscapes: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\x07",
  "0": "\0",
  "\n": "",
};
const constants = new Map<string, unknown>([
  ["True", true],
  ["False", false],
  ["None", null],
]);
const token =
  /\s*(?:([[\](){},:])|[uU]?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|([A-Za-z]+))\s*/sy;

/**
 * The value of a Python literal of lists, tuples, dictionaries, texts, numbers, True, False and None, as older
 * tools write lists into tables. Nothing is evaluated. undefined: the text is no such literal.
 */
export const parsePythonLiteral = (text: string): unknown => {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  return reader.isAtEnd ? value : undefined;
};

type Part = string | undefined;
type Token = { mark: Part; quoted: Part; number: Part; word: Part };

/** Reads a token ahead, so that a long text never stands in memory as tokens. */
class LiteralReader {
  private readonly text: string;
  private at = 0;
  private next: Token | undefined;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  get isAtEnd(): boolean {
    return this.next === undefined && this.at === this.text.length;
  }

  value(depth: number): unknown {
    if (depth > deepest || !this.next) return undefined;
    const { mark, quoted, number, word } = this.next;
    if (quoted !== undefined) return this.joinedTexts();
    this.advance();
    if (number !== undefined) return Number(number);
    if (word !== undefined) return constants.get(word);
    if (mark === "[") return this.list("]", depth);
    if (mark === "(") return this.list(")", depth);
    return mark === "{" ? this.dictionary(depth) : undefined;
  }

  /** Texts that stand next to each other are one. */
  private joinedTexts(): string {
    let text = "";
    for (let quoted = this.next?.quoted; quoted !== undefined; quoted = this.next?.quoted) {
      text += unquote(quoted);
      this.advance();
    }
    return text;
  }

  private list(close: string, depth: number): unknown[] | undefined {
    const list: unknown[] = [];
    while (!this.take(close)) {
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      list.push(value);
      if (!this.take(",") && this.next?.mark !== close) return undefined;
    }
    return list;
  }

  private dictionary(depth: number): Record<string, unknown> | undefined {
    const entries: [string, unknown][] = [];
    while (!this.take("}")) {
      const key = this.value(depth + 1);
      if (typeof key !== "string" || !this.take(":")) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      entries.push([key, value]);
      if (!this.take(",") && this.next?.mark !== "}") return undefined;
    }
    return Object.fromEntries(entries);
  }

  private take(mark: string): boolean {
    if (this.next?.mark !== mark) return false;
    this.advance();
    return true;
  }

  private advance(): void {
    token.lastIndex = this.at;
    const [whole, mark, quoted, number, word] = token.exec(this.text) ?? [];
    this.at += whole?.length ?? 0;
    this.next = whole === undefined ? undefined : { mark, quoted, number, word };
  }
}

const unquote = (quoted: string): string =>
  quoted
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
      (whole, byte?: string, short?: string, long?: string, other?: string) => {
        if (other !== undefined) return simpleEscapes[other] ?? (/["'\\]/.test(other) ? other : whole);
        const point = Number.parseInt(byte ?? short ?? long ?? "0", 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
      },
    );
