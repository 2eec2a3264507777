import { initTRPC } from "@trpc/server";
import type { Context } from "./context.ts";
import { formatError } from "./errors/format-error.ts";
import type { Meta } from "./meta.ts";
import { transformer } from "./transformer.ts";

const seconds = 1_000;

export const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer,
    errorFormatter: formatError,
    isDev: false,
    // A first token can take long; proxies must not take that for the end.
    jsonl: { pingMs: 15 * seconds },
    sse: {
      // Below the idle timeouts of common proxies.
      ping: { enabled: true, intervalMs: 15 * seconds },
      client: { reconnectAfterInactivityMs: 45 * seconds },
      // A watcher goes on from its last event on a new connection, whose key is looked at again.
      maxDurationMs: 15 * 60 * seconds,
    },
  });
