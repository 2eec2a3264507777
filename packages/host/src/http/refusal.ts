import { errorEntry, type LoraloomError, toErrorShape } from "@loraloom/errors";

/** How a request is refused that never reaches a procedure. */
export const refusalOf = (error: LoraloomError, requestId: string) => ({
  status: errorEntry(error.code).status,
  headers: { "content-type": "application/json", "x-request-id": requestId },
  body: JSON.stringify({ error: { ...toErrorShape(error), requestId } }),
});
