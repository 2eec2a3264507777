import { deflateSync } from "node:zlib";

/** An object's content; a stream is deflated. */
export type PdfObject = string | { dictionary: string; stream: string | Uint8Array };

/** A PDF of these objects, numbered from 1; the first is the catalog. */
export const writePdf = (objects: PdfObject[]): Buffer => {
  const written = [Buffer.from("%PDF-1.7\n")];
  const offsets: number[] = [];
  let size = written[0]?.length ?? 0;
  for (const [at, object] of objects.entries()) {
    const bytes = Buffer.concat([
      Buffer.from(`${at + 1} 0 obj\n`),
      objectBytes(object),
      Buffer.from("\nendobj\n"),
    ]);
    offsets.push(size);
    written.push(bytes);
    size += bytes.length;
  }
  return Buffer.concat([...written, Buffer.from(trailer(offsets, size))]);
};

const objectBytes = (object: PdfObject): Buffer => {
  if (typeof object === "string") return Buffer.from(object);
  const packed = deflateSync(object.stream);
  const dictionary = `<< ${object.dictionary} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`;
  return Buffer.concat([Buffer.from(dictionary), packed, Buffer.from("\nendstream")]);
};

const trailer = (offsets: number[], start: number): string => {
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const size = offsets.length + 1;
  return `xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
};

/** A PDF of one page with this content stream. */
export const writePage = (content: string | Uint8Array, count = "/Count 1"): Buffer =>
  writePdf([
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [3 0 R] ${count} >>`,
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    { dictionary: "", stream: content },
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ]);

export const textContent = (text: string): string => `BT /F1 12 Tf 72 720 Td (${text}) Tj ET`;
