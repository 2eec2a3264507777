import { LoraloomError } from "@loraloom/errors";

/** As many calls as one HTTP request may hold. */
const maxBatchSize = 20;

const jsonType = "application/json";
const streamType = "application/jsonl";

/**
 * What is wrong with a request before its calls are looked at, in words for people; `undefined`: nothing.
 *
 * @param path names the calls, still encoded as in the URL
 */
export const faultOfRequest = (request: Request, path: string): LoraloomError | undefined =>
  faultOfMethod(request) ?? faultOfContentType(request) ?? faultOfBatch(request, path);

export const methods = ["GET", "HEAD", "POST"];

const faultOfMethod = ({ method }: Request): LoraloomError | undefined =>
  methods.includes(method)
    ? undefined
    : new LoraloomError("method_not_supported", `There is no ${method} in this API.`);

const faultOfContentType = ({ method, headers }: Request): LoraloomError | undefined => {
  const [type = ""] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  if (type.trim() === jsonType || (type === "" && method !== "POST")) return undefined;
  const given = type === "" ? "is missing" : `is '${type.trim().slice(0, 100)}'`;
  return new LoraloomError(
    "bad_input",
    `The header 'content-type' ${given}, and the body must be ${jsonType}; files are sent to the URL that trainingData.createUpload gives.`,
  );
};

const faultOfBatch = ({ url, headers }: Request, path: string): LoraloomError | undefined => {
  const names = decoded(path)?.split(",");
  if (!names) return new LoraloomError("bad_input", `The path '${path.slice(0, 200)}' is badly encoded.`);
  const isBatch = new URL(url).searchParams.get("batch") === "1";
  if (isBatch && names.length > maxBatchSize) {
    return new LoraloomError(
      "bad_input",
      `The batch holds ${names.length} calls; one request takes ${maxBatchSize} at most.`,
    );
  }
  if (isBatch || !asksForStream(headers)) return undefined;
  return new LoraloomError(
    "bad_input",
    `A call that asks for ${streamType} is sent as a batch: add ?batch=1 to the URL and send {"0": {"json": <input>}}.`,
  );
};

const decoded = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
};

/** As tRPC reads it. */
const asksForStream = (headers: Headers): boolean => {
  const asked = headers.get("trpc-accept");
  if (asked !== null) return asked === streamType;
  const accepted = headers.get("accept")?.split(",") ?? [];
  return accepted.some((type) => type.trim() === streamType);
};
