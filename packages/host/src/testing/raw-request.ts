import { z } from "zod";
import type { RunningHost } from "./start-test-host.ts";

const refusalSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  requestId: z.string().optional(),
});
const callSchema = z.object({
  error: z.object({ json: z.object({ data: z.object({ loraloom: refusalSchema }) }) }),
});
const answerSchema = z.union([z.array(callSchema).transform(([first]) => first), callSchema]);

/** The coded error of a procedure's answer, of the first call in a batch. */
export const errorIn = async (response: Response): Promise<z.output<typeof refusalSchema>> => {
  const answer = answerSchema.parse(await response.json());
  if (!answer) throw new Error("The batch has no answer.");
  return answer.error.json.data.loraloom;
};

/** Requests as somebody makes them who has no client of ours: a body is sent by POST. */
export const rawRequest = (
  { host, serviceKey }: Pick<RunningHost, "host" | "serviceKey">,
  path: string,
  { headers, ...init }: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
): Promise<Response> =>
  fetch(`${host.url}/trpc/${path}`, {
    method: init.body ? "POST" : "GET",
    ...init,
    headers: {
      authorization: `Bearer ${serviceKey}`,
      ...(typeof init.body === "string" && { "content-type": "application/json" }),
      ...headers,
    },
  });
