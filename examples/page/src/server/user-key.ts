import { type Client, isLoraloomError } from "@loraloom/client";

/** A page that is left open overnight asks for a new start of its server. */
const lifetimeMs = 12 * 60 * 60 * 1000;

/**
 * What a page is given in place of the service key, which acts for every user and stays on the server: a key of one
 * user that ends by itself, and at disposal.
 *
 * @throws `bad_user_id`, `network`
 */
export const makeUserKey = async (
  service: Client,
  userId: string,
): Promise<AsyncDisposable & { key: string }> => {
  const { id, key } = await service.keys.create.mutate({
    kind: "user",
    userId,
    name: "example page",
    expiresAt: new Date(Date.now() + lifetimeMs),
  });
  return { key, [Symbol.asyncDispose]: () => revoke(service, id) };
};

const revoke = async (service: Client, id: string): Promise<void> => {
  try {
    await service.keys.revoke.mutate({ id });
  } catch (error) {
    // Ctrl-C may have ended the service as well; the key ends by itself.
    if (!isLoraloomError(error, "network")) throw error;
  }
};
