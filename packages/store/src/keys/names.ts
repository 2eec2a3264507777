import { LoraloomError } from "@loraloom/errors";

const idPattern = /^[A-Za-z0-9._@:|+-]{1,128}$/;
/** A file name's limit on the usual file systems, so that a download keeps it. */
const maxNameBytes = 255;
/** Characters that a reader would not see, or that make him see something else. */
const refused = [
  { what: "control character", characters: /[\p{Cc}\p{Zl}\p{Zp}]/u },
  // With the override `a\u202Egpj.exe` reads as `aexe.jpg`.
  { what: "turn of the text's direction", characters: /[\u202a-\u202e\u2066-\u2069]/u },
  {
    // Emoji need the joiner and the selectors of a form, Persian and Indic scripts both joiners.
    what: "invisible character",
    characters: /[[\p{Cf}\p{Default_Ignorable_Code_Point}]--[\u200c\u200d\p{Variation_Selector}]]/v,
  },
];
const seen = /[^\s\p{Default_Ignorable_Code_Point}]/u;
/** What a message must not hold as it is. */
const unprintable = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A printable, shortened form of a bad value for an error's message. */
export const shown = (value: string): string =>
  JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value).replaceAll(unprintable, codePointOf);

const codePointOf = (character: string): string =>
  `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;

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
 * The name as it is stored: in Unicode's composed form (NFC). Spaces at its ends are refused and not cut
 * off: two names that look alike would be two files, and some file systems drop them from a download.
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
  const bytes = Buffer.byteLength(name);
  if (bytes > maxNameBytes) return `it has ${bytes} bytes, more than ${maxNameBytes}`;
  return faultOfCharacters(name);
};

const faultOfCharacters = (name: string): string | undefined => {
  for (const { what, characters } of refused) {
    const [character] = characters.exec(name) ?? [];
    if (character) return `it holds the ${what} ${codePointOf(character)}`;
  }
  if (!seen.test(name)) return "nothing of it can be seen";
  if (name.trim() !== name) return "it begins or ends with a space";
  return undefined;
};
