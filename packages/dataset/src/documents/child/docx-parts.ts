import { posix } from "node:path";
import type { DocumentLimits } from "../document-limits.ts";
import type { DocxArchive } from "./docx-archive.ts";
import { followPart, type XmlTag } from "./docx-xml.ts";
import { damaged } from "./read-failure.ts";

type Relationship = { type: string; target: string };

/** Parts whose text a reader sees, in the order of reading: the body, then its notes. */
export const findTextParts = async (archive: DocxArchive, limits: DocumentLimits): Promise<string[]> => {
  const body = (await relationshipsOf(archive, "", limits)).find(({ type }) => type === "officeDocument");
  if (!body) throw damaged("docx", new Error("No part is the document."));
  const others = await relationshipsOf(archive, body.target, limits);
  const notes = others.filter(({ type }) => type === "footnotes" || type === "endnotes");
  return [body, ...notes].map(({ target }) => target);
};

/** What a part (the package for "") refers to inside the file; types by their last word. */
const relationshipsOf = async (
  archive: DocxArchive,
  part: string,
  limits: DocumentLimits,
): Promise<Relationship[]> => {
  const name = posix.join(posix.dirname(part), "_rels", `${posix.basename(part)}.rels`);
  if (!archive.has(name)) return [];
  const found: Relationship[] = [];
  const open = (tag: XmlTag) => {
    const relationship = readRelationship(tag, posix.dirname(part));
    if (relationship && archive.has(relationship.target)) found.push(relationship);
  };
  for await (const _ of followPart(archive, { name, limits }, { open }));
  return found;
};

const readRelationship = (tag: XmlTag, folder: string): Relationship | undefined => {
  const { Type: type, Target: target, TargetMode: mode } = tag.attributes;
  if (tag.local !== "Relationship" || !type || !target || mode?.value === "External") return undefined;
  const path = target.value.startsWith("/") ? target.value : posix.join("/", folder, target.value);
  return { type: posix.basename(type.value), target: posix.normalize(path).slice(1) };
};
