/** First bytes of formats that people upload by mistake, and what to call them. */
const signatures: { bytes: number[]; format: string }[] = [
  { bytes: [0x1f, 0x8b], format: "gzip" },
  { bytes: [0x50, 0x4b, 0x03, 0x04], format: "ZIP or an office document" },
  { bytes: [0x25, 0x50, 0x44, 0x46], format: "PDF" },
  { bytes: [0x50, 0x41, 0x52, 0x31], format: "Parquet" },
];

/** The name of a format that is recognised but not read, by the first line of a file. */
export const foreignFormat = (firstLine: Uint8Array): string | undefined =>
  signatures.find(({ bytes }) => bytes.every((byte, at) => firstLine[at] === byte))?.format;
