import type { ErrorCode } from "./error-codes.ts";

/** What the server says about an error, under `data.loraloom` of a tRPC error. */
type ErrorFields = Pick<LoraloomClientError, "code" | "message" | "remedy" | "retryable"> &
  Partial<Pick<LoraloomClientError, "details" | "requestId">>;

/** Survives duplicate copies of this package, where `instanceof` would not. */
const marker = Symbol.for("loraloom.client-error");

/** Codes that arise here, without the server; a test holds them to the server's table. */
export const clientErrors = {
  network: {
    retryable: true,
    remedy: "Check that the server runs and that its URL is right, then try again.",
  },
  not_loraloom: {
    retryable: false,
    remedy: "Check the server's URL: something else answers there, such as a web page, a login or a proxy.",
  },
  internal: {
    retryable: false,
    remedy: "Tell the operator the request id: under it the cause stands in the server's log.",
  },
  upload_failed: { retryable: true, remedy: "Check the network and upload again." },
  upload_hash_mismatch: {
    retryable: false,
    remedy: "Upload again with the SHA-256 of the file as it is.",
  },
  upload_refused: {
    retryable: false,
    remedy:
      "Send exactly the bytes, type and headers that were signed; ask for a new upload if the URL is old.",
  },
  too_large: { retryable: false, remedy: "Split the data into smaller pieces." },
  bad_file_name: {
    retryable: false,
    remedy:
      "Use 1 to 255 bytes of UTF-8 that can be seen, without '/', '\\', control characters, a leading dot or a space at either end.",
  },
  bad_input: { retryable: false, remedy: "Correct what the message names and send the request again." },
  webhook_unverified: {
    retryable: false,
    remedy:
      "Check it with the secret that webhooks.create showed, over the body as it came and within the tolerance of its time; refuse what fails.",
  },
  missing_key: {
    retryable: false,
    remedy:
      "Send the header 'authorization: Bearer <key>'; the first key's file is printed when the server starts.",
  },
  invalid_key: {
    retryable: false,
    remedy: "Check the key for typing errors or make a new one with keys.create.",
  },
} satisfies Partial<Record<ErrorCode, { retryable: boolean; remedy: string }>>;

/** Every failure of the client, whether the server refused or was not reached. */
export class LoraloomClientError extends Error {
  readonly [marker] = true;
  override readonly cause: Error | undefined;
  readonly code: ErrorCode | (string & {});
  /** What to do, as one sentence. */
  readonly remedy: string;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | undefined;
  /** Finds the error in the server's log; absent where the server never answered. */
  readonly requestId: string | undefined;
  // What tRPC's own error carries, so that this one can stand where a binding of tRPC expects that.
  readonly shape: undefined;
  readonly data: unknown;
  readonly meta: undefined;

  constructor(fields: ErrorFields, options?: { cause?: unknown }) {
    super(fields.message);
    this.cause = options?.cause === undefined ? undefined : toError(options.cause);
    this.name = "LoraloomClientError";
    this.code = fields.code;
    this.remedy = fields.remedy;
    this.retryable = fields.retryable;
    this.details = fields.details;
    this.requestId = fields.requestId;
    this.data = property(options?.cause, "data");
  }
}

/**
 * Whether a value is an error of this client, optionally of one code. Knows other copies of the package.
 * @example
 * if (isLoraloomError(error, "no_usable_rows")) console.log(error.message, error.remedy);
 */
export const isLoraloomError = (value: unknown, code?: ErrorCode): value is LoraloomClientError =>
  value instanceof Error &&
  marker in value &&
  (code === undefined || (value as LoraloomClientError).code === code);

/** An error that arose here. */
export const clientError = (
  code: keyof typeof clientErrors,
  message: string,
  options?: { details?: Record<string, unknown>; cause?: unknown },
): LoraloomClientError =>
  new LoraloomClientError({ code, message, ...clientErrors[code], details: options?.details }, options);

/**
 * Turns whatever the tRPC links threw into an error of ours: what the server said where it answered,
 * `network` where it did not and `not_loraloom` where something else did, with the server's address where that is given.
 */
export const toClientError = (error: unknown, address?: string): LoraloomClientError => {
  if (isLoraloomError(error)) return error;
  const cause = property(error, "cause");
  if (isLoraloomError(cause)) return cause;
  const data = property(error, "data");
  const fields = property(data, "loraloom");
  if (isErrorFields(fields)) return new LoraloomClientError(fields, { cause: error });
  const reason = reasonOf(error).trim() || "no answer";
  if (data) return clientError("internal", `The server failed without a code: ${reason}.`, { cause: error });
  const server = address === undefined ? "The server" : `The server at ${address}`;
  return clientError("network", `${server} was not reached: ${reason}.`, { cause: error });
};

/** What the innermost cause says: `fetch` itself says only that it failed. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "";
  return reasonOf(error.cause) || error.message || String(property(error, "code") ?? "");
};

const toError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)));

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;

/** Whether a value is an error as the server writes it. */
export const isErrorFields = (value: unknown): value is ErrorFields =>
  ["code", "message", "remedy"].every((name) => typeof property(value, name) === "string") &&
  typeof property(value, "retryable") === "boolean";
