import type { Client } from "@loraloom/client";
import type { Parts } from "@loraloom/launcher";
import type { Screen } from "./screen.ts";

/** What every step gets. */
export type Demo = {
  client: Client;
  parts: Parts;
  screen: Screen;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
};

export type Scope = { userId: string; avatarId: string };

/** Whose adapter it is: users and avatars come into being with their first use. */
export const scope: Scope = { userId: "demo", avatarId: "osk-tarrow" };
