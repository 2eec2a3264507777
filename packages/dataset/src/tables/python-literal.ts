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
const constants: Record<string, unknown> = { True: true, False: false, None: null, nan: null };
const token =
  /\s*(?:([[\](){},:])|(?:[uU]|[rR])?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|([A-Za-z]+))\s*/gsy;

/**
 * The value of a Python literal of lists, tuples, dictionaries, texts, numbers, True, False and None, as older
 * tools write lists into tables. Nothing is evaluated. undefined: the text is no such literal.
 */
export const parsePythonLiteral = (text: string): unknown => {
  const tokens = [...text.matchAll(token)];
  const length = tokens.reduce((sum, [whole]) => sum + whole.length, 0);
  if (length !== text.length || tokens.length === 0) return undefined;
  const reader = new LiteralReader(tokens);
  const value = reader.value(0);
  return reader.isAtEnd ? value : undefined;
};

class LiteralReader {
  private readonly tokens: RegExpExecArray[];
  private at = 0;

  constructor(tokens: RegExpExecArray[]) {
    this.tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.at === this.tokens.length;
  }

  value(depth: number): unknown {
    if (depth > deepest) return undefined;
    const [, mark, quoted, number, word] = this.tokens[this.at] ?? [];
    this.at += 1;
    if (quoted !== undefined) return this.joinedTexts(quoted);
    if (number !== undefined) return Number(number);
    if (word !== undefined) return constants[word];
    if (mark === "[") return this.list("]", depth);
    if (mark === "(") return this.list(")", depth);
    return mark === "{" ? this.dictionary(depth) : undefined;
  }

  /** Texts that stand next to each other are one. */
  private joinedTexts(first: string): string {
    let text = unquote(first);
    for (let next = this.tokens[this.at]?.[2]; next !== undefined; next = this.tokens[this.at]?.[2]) {
      text += unquote(next);
      this.at += 1;
    }
    return text;
  }

  private list(close: string, depth: number): unknown[] | undefined {
    const list: unknown[] = [];
    while (!this.take(close)) {
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      list.push(value);
      if (!this.take(",") && !this.isNext(close)) return undefined;
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
      if (!this.take(",") && !this.isNext("}")) return undefined;
    }
    return Object.fromEntries(entries);
  }

  private isNext(mark: string): boolean {
    return this.tokens[this.at]?.[1] === mark;
  }

  private take(mark: string): boolean {
    if (!this.isNext(mark)) return false;
    this.at += 1;
    return true;
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
