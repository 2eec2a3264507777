import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  GlobalWorkerOptions,
  getDocument,
  PasswordException,
  PDFDataRangeTransport,
  type PDFDocumentProxy,
  PermissionFlag,
  VerbosityLevel,
} from "pdfjs-dist/legacy/build/pdf.min.mjs";
import { damaged, ReadFailure } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

const library = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
// Loaded into this process, which may start no thread.
GlobalWorkerOptions.workerSrc = pathToFileURL(join(library, "legacy/build/pdf.worker.min.mjs")).href;

const rangeBytes = 256 * 1024;

/** Opens a PDF, of which only the parts that are asked for are read into memory. */
export const openPdf = async (spool: Spool): Promise<PDFDocumentProxy> => {
  const loading = getDocument({
    range: new SpoolRange(spool),
    rangeChunkSize: rangeBytes,
    disableAutoFetch: true,
    disableStream: true,
    verbosity: VerbosityLevel.ERRORS,
    ...fontOptions(),
  });
  const pdf = await loading.promise.catch((cause) => {
    throw cause instanceof PasswordException ? encrypted(cause) : damaged("pdf", cause);
  });
  await refuseForbiddenCopy(pdf);
  return pdf;
};

class SpoolRange extends PDFDataRangeTransport {
  private readonly spool: Spool;
  constructor(spool: Spool) {
    super(spool.size, new Uint8Array(spool.read(0, rangeBytes)));
    this.spool = spool;
  }

  override requestDataRange(begin: number, end: number): void {
    this.onDataRange(begin, new Uint8Array(this.spool.read(begin, end - begin)));
  }
}

/** Text needs no glyphs; East Asian fonts name character maps that come with the library. */
const fontOptions = () => ({
  disableFontFace: true,
  useSystemFonts: false,
  useWorkerFetch: false,
  cMapUrl: join(library, "cmaps/"),
  cMapPacked: true,
});

const encrypted = (cause: unknown): ReadFailure =>
  new ReadFailure("encrypted_document", "The PDF is protected by a password.", { cause });

/** A PDF that opens without a password may still forbid to take its text out. */
const refuseForbiddenCopy = async (pdf: PDFDocumentProxy): Promise<void> => {
  const allowed = await pdf.getPermissions();
  if (!allowed || allowed.has(PermissionFlag.COPY)) return;
  throw new ReadFailure("encrypted_document", "The PDF's owner password forbids to copy its text.");
};
