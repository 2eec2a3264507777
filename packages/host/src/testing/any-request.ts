import { hostileTexts, inputArbitrary, walkInputs } from "@loraloom/router/fuzz";
import fc from "fast-check";

export type AnyRequest = {
  method: string;
  /** From the host's root, with the query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
};

const procedures = walkInputs();
const known = new Map([
  ["userId", ["ada"]],
  ["avatarId", ["mia"]],
]);

/** As somebody writes it who has no superjson: it would refuse names such as `__proto__` before they are sent. */
const wrapped = (input: unknown): string =>
  JSON.stringify({ json: input }, (_, value) => (typeof value === "bigint" ? String(value) : value));

const inputs = procedures.flatMap(({ asked }) => (asked ? [inputArbitrary(asked, known).map(wrapped)] : []));

/** Mostly an input in its wrapper; sometimes half of one, or none. */
const inputText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.oneof(...inputs),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.constantFrom(...hostileTexts) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.json(), fc.json()).map(([json, meta]) => `{"json":${json},"meta":${meta}}`),
  },
  { weight: 1, arbitrary: fc.tuple(fc.json(), fc.nat(20)).map(([json, length]) => json.slice(0, length)) },
);

/** A URL holds no half of a Unicode pair, and not much of anything. */
const inUrl = (text: string): string => encodeURIComponent(text.slice(0, 4_000).toWellFormed());

const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...procedures.map(({ path }) => path)) },
  { weight: 1, arbitrary: fc.constantFrom(...hostileTexts).map(inUrl) },
);
const place = fc.oneof(
  { weight: 6, arbitrary: name.map((one) => `/trpc/${one}`) },
  {
    weight: 2,
    arbitrary: fc.array(name, { minLength: 1, maxLength: 22 }).map((names) => `/trpc/${names}?batch=1`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("/health/live", "/health/ready", "/trpc", "/trpc/", "/", "/v1/runs/x/events"),
  },
  { weight: 1, arbitrary: fc.webPath() },
);

const headers = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=x",
      "text/plain",
      "multipart/form-data",
    ),
    accept: fc.constantFrom("application/json", "text/event-stream", "*/*", ","),
    "trpc-accept": fc.constantFrom("application/jsonl", "none"),
    "content-encoding": fc.constantFrom("gzip", "identity"),
    "last-event-id": fc.string({ unit: "grapheme-ascii", maxLength: 20 }),
    "x-request-id": fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
    origin: fc.constantFrom("https://example.org", "null", ""),
    authorization: fc.constantFrom("", "Bearer", "Bearer ll_unknown", "Basic YTpi", "Bearer a b"),
  },
  { requiredKeys: [] },
);

type Parts = { method: string; place: string; text: string; headers: Record<string, string> };

const toRequest = ({ method, place, text, headers }: Parts): AnyRequest => {
  const { authorization, ...others } = headers;
  // Most of the time with a key that is good, and as JSON: only then it gets far.
  const sent = text.length % 7 === 0 ? headers : others;
  if (method === "POST" || method === "PUT" || method === "PATCH")
    return { method, path: place, headers: { "content-type": "application/json", ...sent }, body: text };
  const joint = place.includes("?") ? "&" : "?";
  return { method, path: `${place}${joint}input=${inUrl(text)}`, headers: sent };
};

/** Requests as `fetch` can send them: ours, others', and those of somebody who looks for a hole. */
export const anyRequest: fc.Arbitrary<AnyRequest> = fc
  .record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("GET", "POST") },
      { weight: 1, arbitrary: fc.constantFrom("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE") },
    ),
    place,
    text: inputText,
    headers,
  })
  .map(toRequest);
