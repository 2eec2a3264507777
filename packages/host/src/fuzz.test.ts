/**
 * Any request that HTTP can carry is answered, or refused with a code that says what is wrong.
 *
 * `npm run fuzz` tries thousands of them. A failure tells how to try the same again.
 */
import { isErrorCode } from "@loraloom/errors";
import { assertCases, chosenCases } from "@loraloom/router/fuzz";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnyRequest, anyRequest } from "./testing/any-request.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

const chosen = chosenCases(2_000);
/** A request takes longer than a call. */
const numRuns = Math.ceil(chosen.cases / 5);

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

/** The database and the store work: whatever says otherwise takes a bad request for their fault. */
const faults = ["internal", "database_unavailable", "storage_unavailable"];

const send = ({ path, headers, ...request }: AnyRequest): Promise<Response> => {
  const authorization = `Bearer ${running.serviceKey}`;
  return fetch(`${running.host.url}${path}`, {
    ...request,
    redirect: "error",
    headers: { authorization, ...headers },
  });
};

/** The codes of the table that an answer holds; of a stream only its status counts. */
const codesOf = async (answer: Response): Promise<string[]> => {
  if (answer.headers.get("content-type")?.startsWith("text/event-stream")) {
    await answer.body?.cancel();
    return [];
  }
  return [...(await answer.text()).matchAll(/"(?:loraloom|error)":\{"code":"(\w+)"/g)].map(
    ([, code = ""]) => code,
  );
};

test("any request is answered, or refused with a code of the table", async () => {
  const property = fc.asyncProperty(anyRequest, async (request) => {
    const answer = await send(request);
    const codes = await codesOf(answer);
    expect(codes.filter((code) => faults.includes(code) || !isErrorCode(code))).toEqual([]);
    const needsCode = answer.status >= 400 && request.method !== "HEAD";
    expect(needsCode && codes.length === 0 ? `${answer.status} without a code` : "said").toBe("said");
    expect(answer.status).not.toBe(500);
  });
  await assertCases(property, chosen, { name: "requests", numRuns });
});
