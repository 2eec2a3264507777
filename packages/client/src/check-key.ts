import { clientError } from "./errors.ts";

/** The longest token that a server takes; of all headers together it reads 16 KiB. */
const longestKey = 8192;

/**
 * The key without the white space that a file has around it. A key that no server could even read is
 * refused here: what a server or a proxy answers to it says nothing about the key.
 *
 * @throws `missing_key`, `invalid_key`; neither repeats the key.
 */
export const checkKey = (apiKey: string): string => {
  if (typeof apiKey !== "string") {
    throw clientError("missing_key", `apiKey is of type '${typeof apiKey}' instead of a string.`);
  }
  const key = apiKey.trim();
  if (key === "") throw clientError("missing_key", "apiKey is empty.");
  const fault = faultOf(key);
  if (fault) throw clientError("invalid_key", `apiKey ${fault}.`);
  return key;
};

const faultOf = (key: string): string | undefined => {
  if (/^bearer(\s|$)/i.test(key))
    return "begins with the word 'Bearer', which is added here; give the key alone";
  const space = key.search(/\s/);
  if (space >= 0)
    return `holds white space after ${space} characters; give one key, without what stands around it`;
  const foreign = key.search(/[^\x21-\x7e]/);
  if (foreign >= 0)
    return `holds a character after ${foreign} others that no key has: it is not printable ASCII`;
  if (key.length > longestKey) return `is ${key.length} characters long; no key is longer than ${longestKey}`;
  return undefined;
};
