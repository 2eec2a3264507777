import { writeZip, type ZipPart } from "./write-zip.ts";

const word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packaged = "http://schemas.openxmlformats.org/package/2006/relationships";

/** The smallest DOCX whose body is `body`, with `w:` for Word's elements. */
export const writeDocx = (body: string, more: { prolog?: string; parts?: ZipPart[] } = {}): Buffer =>
  writeZip([
    { name: "_rels/.rels", content: relationships([["officeDocument", "word/document.xml"]]) },
    {
      name: "word/document.xml",
      content: `${more.prolog ?? ""}<w:document xmlns:w="${word}"><w:body>${body}</w:body></w:document>`,
    },
    ...(more.parts ?? []),
  ]);

export const relationships = (list: [type: string, target: string][]): string =>
  `<Relationships xmlns="${packaged}">${list
    .map(([type, target], at) => `<Relationship Id="r${at}" Type="${office}/${type}" Target="${target}"/>`)
    .join("")}</Relationships>`;

export const notesPart = (element: string, body: string): string =>
  `<w:${element} xmlns:w="${word}">${body}</w:${element}>`;

export const paragraph = (text: string): string =>
  `<w:p><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
