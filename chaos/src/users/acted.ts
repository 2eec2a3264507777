import type { Intent } from "../schedule/intent.ts";
import type { Asking } from "./ask.ts";
import type { User } from "./user.ts";

/** Does one kind of wish. */
export type Act<Kind extends Intent["kind"]> = (
  user: User,
  intent: Extract<Intent, { kind: Kind }>,
  asking: Asking,
) => Promise<Acted>;

/** How it ended, and the watcher of a run that it started. */
export type Acted = { is: string; code?: string; watcher?: Promise<void> };
