import { LoraloomError } from "@loraloom/errors";

const idPattern = /^[A-Za-z0-9._@:|+-]{1,128}$/;
/** A file name's limit on the usual file systems, so that a download keeps it. */
const maxNameBytes = 255;

/** A printable, shortened form of a bad value for an error's message. */
const shown = (value: string): string => JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);

const isId = (value: string): boolean => idPattern.test(value) && value !== "." && value !== "..";

/** @throws LoraloomError `bad_user_id` */
export const checkUserId = (value: string): string => {
  if (!isId(value))
    throw new LoraloomError("bad_user_id", `${shown(value)} is not a user id.`, {
      details: { value: value.slice(0, 200) },
    });
  return value;
};

/** @throws LoraloomError `bad_avatar_id` */
export const checkAvatarId = (value: string): string => {
  if (!isId(value))
    throw new LoraloomError("bad_avatar_id", `${shown(value)} is not an avatar id.`, {
      details: { value: value.slice(0, 200) },
    });
  return value;
};

/**
 * The name as it is stored: in Unicode's composed form (NFC).
 *
 * @throws LoraloomError `bad_file_name`, with the reason
 */
export const checkFileName = (value: string): string => {
  const name = value.normalize("NFC");
  const reason = faultOfName(name);
  if (reason)
    throw new LoraloomError("bad_file_name", `${shown(value)} is not a file name: ${reason}.`, {
      details: { value: value.slice(0, 200) },
    });
  return name;
};

const faultOfName = (name: string): string | undefined => {
  if (name === "") return "it is empty";
  if (!name.isWellFormed()) return "it holds half of a Unicode pair";
  if (name.startsWith(".")) return "it begins with a dot";
  if (/[/\\]/.test(name)) return "it holds a slash";
  if (/\p{Cc}/u.test(name)) return "it holds a control character";
  const bytes = Buffer.byteLength(name);
  if (bytes > maxNameBytes) return `it has ${bytes} bytes, more than ${maxNameBytes}`;
  return undefined;
};
