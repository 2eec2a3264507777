/** Encodings that are recognised and refused: only UTF-8 is read. */
export type ForeignEncoding = "UTF-16" | "UTF-32" | "Windows-1252 or Latin-1";

const zero = 0;

/** Which other encoding the beginning of a file is in; undefined: UTF-8, or no text at all. */
export const foreignEncoding = (head: Uint8Array): ForeignEncoding | undefined => {
  if (startsWith(head, [0xff, 0xfe, 0, 0]) || startsWith(head, [0, 0, 0xfe, 0xff])) return "UTF-32";
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return "UTF-16";
  return hasZeroAtEverySecondByte(head) ? "UTF-16" : undefined;
};

/** What bytes that are no UTF-8 look like. */
export const guessEncoding = (bytes: Uint8Array): ForeignEncoding | undefined => {
  const wide = foreignEncoding(bytes);
  if (wide) return wide;
  return bytes.includes(zero) || bytes.some(isControl) ? undefined : "Windows-1252 or Latin-1";
};

/** The same as words for a message; empty where nothing can be guessed. */
export const guessInWords = (bytes: Uint8Array): string => {
  const guess = guessEncoding(bytes);
  return guess ? `; it looks like ${guess}` : "";
};

/** How many bytes of a text's beginning are whole characters: a cut may go through the last one. */
export const wholeCharacters = (bytes: Uint8Array): number => {
  for (let cut = 0; cut < 4 && cut < bytes.length; cut += 1) {
    const byte = bytes[bytes.length - 1 - cut] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return cut + 1 < lengthOfCharacter(byte) ? bytes.length - cut - 1 : bytes.length;
  }
  return bytes.length;
};

const lengthOfCharacter = (first: number): number => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2);

const startsWith = (bytes: Uint8Array, mark: number[]): boolean =>
  mark.every((byte, at) => bytes[at] === byte);

/** Tab, line ends and form feed stand in texts of any encoding. */
const isControl = (byte: number): boolean => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d);

/** Latin text in UTF-16 without a mark: one byte of each pair is zero, the other hardly ever. */
const hasZeroAtEverySecondByte = (bytes: Uint8Array): boolean => {
  const pairs = Math.min(bytes.length, 1000) >> 1;
  if (pairs < 2) return false;
  const zeros: [number, number] = [0, 0];
  for (let at = 0; at < pairs * 2; at += 1) if (bytes[at] === zero) zeros[at % 2 === 0 ? 0 : 1] += 1;
  const [fewer = 0, more = 0] = [...zeros].sort((a, b) => a - b);
  return more > pairs * 0.5 && fewer < pairs * 0.1;
};
