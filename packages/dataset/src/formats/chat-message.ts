import { type RowFault, shown, typeName } from "../faults.ts";
import type { CanonicalMessage } from "../rows.ts";

const keys = new Set(["role", "content", "weight", "name"]);
const roles = ["system", "developer", "user", "assistant"];

/** Every fault of one entry of a `messages` list; `path` is the entry's own. */
export const faultsOfMessage = (message: unknown, path: string): RowFault[] => {
  if (!isObject(message)) {
    return [{ path, code: "data_type", message: `${path} must be an object; it is ${typeName(message)}.` }];
  }
  return [
    ...faultsOfKeys(message, path),
    ...faultsOfRole(message, path),
    ...faultsOfContent(message, path),
    ...faultsOfWeight(message, path),
    ...faultsOfName(message, path),
  ];
};

/** The canonical form of a message that {@link faultsOfMessage} found no fault in. */
export const toCanonicalMessage = (message: Record<string, unknown>): CanonicalMessage => ({
  role: message.role === "developer" ? "system" : (message.role as CanonicalMessage["role"]),
  content: textOf(message.content),
  ...(message.weight !== undefined && { weight: message.weight as 0 | 1 }),
  ...(message.name !== undefined && { name: message.name as string }),
});

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const faultsOfKeys = (message: Record<string, unknown>, path: string): RowFault[] =>
  Object.keys(message)
    .filter((key) => !keys.has(key))
    .map((key) => ({
      path,
      code: "message_unrecognized_key",
      message: `${path} has the unknown key ${shown(key)}.`,
    }));

const faultsOfRole = (message: Record<string, unknown>, path: string): RowFault[] => {
  if (!Object.hasOwn(message, "role")) return [missingKey(path, "role")];
  if (typeof message.role === "string" && roles.includes(message.role)) return [];
  return [
    { path: `${path}.role`, code: "unrecognized_role", message: `${shown(message.role)} is not a role.` },
  ];
};

const faultsOfContent = (message: Record<string, unknown>, path: string): RowFault[] => {
  if (!Object.hasOwn(message, "content")) return [missingKey(path, "content")];
  const place = `${path}.content`;
  const { content } = message;
  if (Array.isArray(content)) {
    const faults = content.flatMap((part, at) => faultsOfPart(part, `${place}[${at}]`));
    return faults.length > 0 ? faults : faultsOfText(textOf(content), place);
  }
  if (content === null) return faultsOfText("", place);
  if (typeof content === "string") return faultsOfText(content, place);
  return [
    { path: place, code: "data_type", message: `${place} must be a text; it is ${typeName(content)}.` },
  ];
};

const faultsOfText = (text: string, path: string): RowFault[] => {
  if (text.trim() === "") return [{ path, code: "missing_content", message: `${path} is empty.` }];
  if (!text.isWellFormed())
    return [{ path, code: "not_utf8", message: `${path} holds half of a Unicode pair.` }];
  return [];
};

const faultsOfPart = (part: unknown, path: string): RowFault[] => {
  if (!isObject(part)) {
    return [{ path, code: "data_type", message: `${path} must be an object; it is ${typeName(part)}.` }];
  }
  if (part.type !== "text") {
    return [
      { path, code: "unsupported_modality", message: `${path} is of type ${shown(part.type)}, not text.` },
    ];
  }
  if (typeof part.text === "string") return [];
  return [{ path, code: "data_type", message: `${path}.text must be a text; it is ${typeName(part.text)}.` }];
};

const faultsOfWeight = ({ role, weight }: Record<string, unknown>, path: string): RowFault[] => {
  if (weight === undefined) return [];
  const place = `${path}.weight`;
  if (weight !== 0 && weight !== 1) {
    return [{ path: place, code: "bad_weight", message: `${shown(weight)} is not a weight.` }];
  }
  if (role === "assistant") return [];
  return [{ path: place, code: "bad_weight", message: `${path} has a weight but is not by the assistant.` }];
};

const faultsOfName = ({ name }: Record<string, unknown>, path: string): RowFault[] => {
  if (name === undefined) return [];
  const place = `${path}.name`;
  if (typeof name !== "string" || name === "") {
    return [
      {
        path: place,
        code: "data_type",
        message: `${place} must be a text that is not empty; it is ${shown(name)}.`,
      },
    ];
  }
  if (name.isWellFormed()) return [];
  return [{ path: place, code: "not_utf8", message: `${place} holds half of a Unicode pair.` }];
};

const missingKey = (path: string, key: string): RowFault => ({
  path,
  code: "message_missing_key",
  message: `${path} has no '${key}'.`,
});

/** A list of text parts is one text, as chat templates put it together. */
const textOf = (content: unknown): string =>
  Array.isArray(content) ? content.map((part: { text: string }) => part.text).join("") : String(content);
