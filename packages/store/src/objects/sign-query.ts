import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

export type RequestToSign = {
  /** Escaped as it is sent. */
  path: string;
  query: Record<string, string>;
  /** By their names in lower case, `host` among them; all of them are signed. */
  headers: Record<string, string>;
  /** Seconds. */
  expiresIn: number;
};
export type Signatory = {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };
};
/** Gives the query of a PUT with everything that the store checks it by. */
export type SignQuery = (request: RequestToSign, signatory: Signatory) => string;

const algorithm = "AWS4-HMAC-SHA256";
const unsignedBody = "UNSIGNED-PAYLOAD";

/**
 * Signs PUTs to S3 in their query, as the SDK does. Its own signer makes several keys for each request and takes five
 * times as long; here the key of a day is kept.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export const createQuerySigner = (): SignQuery => {
  const keyOf = keepDayKey();
  return ({ path, query, headers, expiresIn }, signatory) => {
    const { accessKeyId, sessionToken } = signatory.credentials;
    const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    const day = moment.slice(0, 8);
    const scope = `${day}/${signatory.region}/s3/aws4_request`;
    const names = Object.keys(headers).sort();
    const signed = queryText({
      ...query,
      "X-Amz-Algorithm": algorithm,
      "X-Amz-Content-Sha256": unsignedBody,
      "X-Amz-Credential": `${accessKeyId}/${scope}`,
      "X-Amz-Date": moment,
      "X-Amz-Expires": String(expiresIn),
      ...(sessionToken !== undefined && { "X-Amz-Security-Token": sessionToken }),
      "X-Amz-SignedHeaders": names.join(";"),
    });
    const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, " ")}`);
    const request = ["PUT", path, signed, ...lines, "", names.join(";"), unsignedBody].join("\n");
    const toSign = [algorithm, moment, scope, hash("sha256", request)].join("\n");
    return `${signed}&X-Amz-Signature=${hmac(keyOf(day, signatory), toSign).toString("hex")}`;
  };
};

/** The last key that was made: a day, a region or credentials change rarely. */
const keepDayKey = () => {
  let last: { of: string; key: KeyObject } | undefined;
  return (day: string, { region, credentials: { secretAccessKey } }: Signatory): KeyObject => {
    const of = [day, region, secretAccessKey].join("\n");
    if (last?.of !== of) last = { of, key: dayKey(secretAccessKey, [day, region, "s3", "aws4_request"]) };
    return last.key;
  };
};

const dayKey = (secret: string, scope: string[]): KeyObject =>
  scope.reduce(
    (key, part) => createSecretKey(hmac(key, part)),
    createSecretKey(Buffer.from(`AWS4${secret}`)),
  );

const hmac = (key: KeyObject, text: string): Buffer => createHmac("sha256", key).update(text).digest();

const queryText = (query: Record<string, string>): string =>
  Object.entries(query)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join("&");

/** As signatures want it: more than `encodeURIComponent` does. */
export const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
