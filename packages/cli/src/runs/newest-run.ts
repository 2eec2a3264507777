import { UsageError } from "../failures/cli-error.ts";
import type { Session } from "../session.ts";

/** The id of the avatar's newest run. @throws UsageError where it has none */
export const newestRun = async ({ client, signal, ...session }: Session): Promise<string> => {
  const { runs } = await client.train.list.query({ ...session.avatar(), limit: 1 }, { signal });
  const [newest] = runs;
  if (newest) return newest.id;
  throw new UsageError("This avatar has no run yet.", { remedy: "Start one: loraloom train" });
};
