import { type Client, isLoraloomError } from "@loraloom/client";
import type { Scope } from "./demo.ts";

/** Makes the adapter if it is not there yet. */
export const ensureAdapter = async (client: Client, scope: Scope): Promise<void> => {
  try {
    await client.adapter.create.mutate(scope);
  } catch (error) {
    if (!isLoraloomError(error, "adapter_exists")) throw error;
  }
};
