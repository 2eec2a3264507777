import { isLoraloomError } from "@loraloom/client";
import type { Run as TrainingRun } from "../runs/follow-run.ts";
import type { Session } from "../session.ts";
import type { StartInput } from "./run-options.ts";

/** Starts a run. A new avatar has no adapter yet; its first training makes one. */
export const startRun = async (session: Session, input: StartInput): Promise<TrainingRun> => {
  const { client, signal } = session;
  const start = () => client.train.start.mutate(input, { signal });
  try {
    return await start();
  } catch (error) {
    if (!isLoraloomError(error, "adapter_not_found")) throw error;
    await makeAdapter(session, input.baseModel);
    return start();
  }
};

const makeAdapter = async ({ client, screen, signal, ...session }: Session, baseModel?: string) => {
  const made = await client.adapter.create.mutate({ ...session.avatar(), baseModel }, { signal });
  screen.note(`Made the adapter of '${made.avatarId}' on ${made.baseModel}.`);
};
