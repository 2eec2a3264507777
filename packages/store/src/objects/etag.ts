/** ETags are kept without their quotes: stores differ in whether an answer has them. */
export const plainEtag = (etag: string | undefined): string => (etag ?? "").replaceAll('"', "");

export const quotedEtag = (etag: string): string => `"${etag}"`;

/** S3 speaks Base64 where we keep hex. */
export const hexToBase64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

export const base64ToHex = (base64: string): string => Buffer.from(base64, "base64").toString("hex");
