import type { PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.min.mjs";
import type { DocumentLimits } from "../document-limits.ts";
import { blockJson, cutText } from "./blocks.ts";
import { openPdf } from "./pdf-file.ts";
import { pageText } from "./pdf-page-text.ts";
import { beyondLimit, damaged, noText } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

/** The text of a PDF page by page; scripts, links and attachments are not looked at. */
export async function* readPdf(spool: Spool, limits: DocumentLimits): AsyncGenerator<string> {
  if (spool.size === 0) throw noText("pdf");
  const pdf = await openPdf(spool);
  const pages = pdf.numPages;
  if (pages > limits.pages) throw beyondLimit("pdf", limits, "pages");
  let blocks = 0;
  for (let page = 1; page <= pages; page += 1) {
    for (const text of cutText(await readPage(pdf, page))) {
      blocks += 1;
      yield blockJson({ text, page, pages });
    }
  }
  if (blocks === 0) throw noText("pdf");
}

const readPage = async (pdf: PDFDocumentProxy, number: number): Promise<string> => {
  try {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    page.cleanup();
    return pageText(items.filter((item) => "str" in item));
  } catch (cause) {
    throw damaged("pdf", cause);
  }
};
