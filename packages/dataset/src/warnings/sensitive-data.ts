import type { ErrorCode } from "@loraloom/errors";
import { hasIban, hasPaymentCard } from "./checked-numbers.ts";

/** Something in a text that had better not be learnt. `kind` in words, such as "an e-mail address". */
export type Sensitive = {
  code: Extract<ErrorCode, "possible_secret" | "possible_personal_data">;
  kind: string;
};

/** Few and precise: a warning that is mostly wrong is not read. */
type Finder = Sensitive & { isIn: (text: string) => boolean };

const secret = (kind: string, pattern: RegExp): Finder => ({
  code: "possible_secret",
  kind,
  isIn: (text) => pattern.test(text),
});

const personal = (kind: string, isIn: Finder["isIn"]): Finder => ({
  code: "possible_personal_data",
  kind,
  isIn,
});

const email = /[\w%+-]@[A-Za-z0-9-]+\.[A-Za-z]{2}/;
/** E.164, with or without the usual marks between the digits. */
const phone = /(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)/;

/**
 * A sign of each group. Each begins with the character that is rarest in it, and looks around from there: a search for
 * a few characters is several times as fast as one for words.
 */
const anySign =
  /[@_JA](?:(?<=@)|(?<=gh[pousr]_|github_|eyJ|A[KS]IA))|-(?:(?<=sk-|xox[a-z]-)|---)|\+\d|\d\d[\d -]\d\d[\d -]\d/;

/** What every finding of a group has, so that most texts need one look only. */
const groups: { hint: RegExp; finders: Finder[] }[] = [
  {
    hint: /-----BEGIN|AKIA|ASIA|gh[pousr]_|github_|sk-|xox|eyJ/,
    finders: [
      secret("a private key", /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----/),
      secret("an AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/),
      secret("a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})/),
      secret("an API key", /(?<![\w-])sk-(?=[A-Za-z_-]{0,40}\d)[\w-]{20}/),
      secret("a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10}/),
      secret("a JSON web token", /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8}/),
    ],
  },
  { hint: /@/, finders: [personal("an e-mail address", (text) => email.test(text))] },
  { hint: /\+\d/, finders: [personal("a phone number", (text) => phone.test(text))] },
  {
    // In one run, or in the groups of four that people write.
    hint: /\d\d[\d -]\d\d[\d -]\d/,
    finders: [personal("a payment card's number", hasPaymentCard), personal("an IBAN", hasIban)],
  },
];

const nothing: Sensitive[] = [];

/** A quick look: false is certain. */
export const mayBeSensitive = (text: string): boolean => anySign.test(text);

/** The kinds of secrets and personal data in a text; never the data themselves. */
export const sensitiveData = (text: string): Sensitive[] => {
  if (!mayBeSensitive(text)) return nothing;
  return groups.flatMap(({ hint, finders }) =>
    hint.test(text) ? finders.filter(({ isIn }) => isIn(text)) : nothing,
  );
};
