import { checkKey } from "./check-key.ts";
import { clientError } from "./errors.ts";

/** What every request needs: where to, with which key, by which fetch. */
export type Connection = { url: string; apiKey: string; fetch: typeof fetch };

export type ConnectionOptions = {
  /** The server's address. */
  url: string;
  /** A key of the server, or a token of your own sign-in; white space around it, as a file has it, is ignored. */
  apiKey: string;
  /** Sends every request, uploads from Node included; the global `fetch` unless given. */
  fetch?: typeof fetch;
};

/** @throws `bad_input` (the URL), `missing_key`, `invalid_key`. */
export const openConnection = (options: ConnectionOptions): Connection => ({
  url: trpcUrl(options.url),
  apiKey: checkKey(options.apiKey),
  fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
});

export const authorization = ({ apiKey }: Connection): { authorization: string } => ({
  authorization: `Bearer ${apiKey}`,
});

/** What a person knows the server by. */
export const addressOf = ({ url }: Connection): string => new URL(url).origin;

/** The address of the procedures below a server's address, with or without a path or a slash at its end. */
const trpcUrl = (url: string): string => {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (!base || !["http:", "https:"].includes(base.protocol)) {
    throw clientError("bad_input", `url '${url}' is not an absolute http or https URL.`);
  }
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/trpc`;
};
