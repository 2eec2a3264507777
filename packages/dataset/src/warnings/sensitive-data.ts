import type { ErrorCode } from "@loraloom/errors";
import { hasIban, hasPaymentCard } from "./checked-numbers.ts";

/** Something in a text that had better not be learnt. `kind` in words, such as "an e-mail address". */
export type Sensitive = {
  code: Extract<ErrorCode, "possible_secret" | "possible_personal_data">;
  kind: string;
};

type Finder = Sensitive & { isIn: (text: string) => boolean };

const secret = (kind: string, pattern: RegExp): Finder => ({
  code: "possible_secret",
  kind,
  isIn: (text) => pattern.test(text),
});

const personal = (kind: string, isIn: (text: string) => boolean): Finder => ({
  code: "possible_personal_data",
  kind,
  isIn,
});

/** Few and precise: a warning that is mostly wrong is not read. */
const finders: Finder[] = [
  secret("a private key", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/),
  secret("an AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/),
  secret("a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})/),
  secret("an API key", /\bsk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{20}/),
  secret("a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10}/),
  secret("a JSON web token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}/),
  personal(
    "an e-mail address",
    (text) => text.includes("@") && /[\w%+-]@[A-Za-z0-9-]+\.[A-Za-z]{2}/.test(text),
  ),
  personal("a phone number", (text) => /(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)/.test(text)),
  personal("a payment card's number", hasPaymentCard),
  personal("an IBAN", hasIban),
];

/** What every finding has: most texts have none of it. */
const hint = /[@+]|\d{3}|AKIA|ASIA|gh[pousr]_|github_|sk-|xox|eyJ|-----BEGIN/;

/** The kinds of secrets and personal data in a text; never the data themselves. */
export const sensitiveData = (text: string): Sensitive[] => {
  if (!hint.test(text)) return [];
  return finders.filter(({ isIn }) => isIn(text)).map(({ code, kind }) => ({ code, kind }));
};
