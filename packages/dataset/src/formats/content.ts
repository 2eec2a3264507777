import { type RowFault, shown, wrongType } from "../faults.ts";
import { isObject } from "../json/objects.ts";
import { faultsOfText, faultsOfUnicode } from "./parsed-row.ts";

/** What is wrong with a message's content: a text, or a list of text parts. */
export const faultsOfContent = (content: unknown, path: string): RowFault[] => {
  if (!Array.isArray(content)) return faultsOfText(content, path);
  const faults = content.flatMap((part, at) => faultsOfPart(part, `${path}[${at}]`));
  return faults.length > 0 ? faults : faultsOfText(textOf(content), path);
};

/** A list of text parts is one text, as chat templates put it together. */
export const textOf = (content: unknown): string => {
  if (Array.isArray(content)) return content.map((part: { text: string }) => part.text).join("");
  return typeof content === "string" ? content : "";
};

const faultsOfPart = (part: unknown, path: string): RowFault[] => {
  if (!isObject(part)) return [wrongType(path, "an object", part)];
  if (part.type !== "text") {
    return [
      { path, code: "unsupported_modality", message: `${path} is of type ${shown(part.type)}, not text.` },
    ];
  }
  if (typeof part.text !== "string") return [wrongType(`${path}.text`, "a text", part.text)];
  return faultsOfUnicode(part.text, `${path}.text`);
};
