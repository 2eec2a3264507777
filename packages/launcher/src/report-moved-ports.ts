import { dataFolder } from "./data-folder.ts";
import type { MovedPort, Ports } from "./remembered-ports.ts";
import { hasOwnDatabase, hasOwnStore, type Settings } from "./settings.ts";

/** Says which ports changed since the last start: whoever noted one looks for us in vain. */
export const reportMovedPorts = (
  moved: MovedPort[],
  settings: Settings,
  report: (line: string) => void,
): void => {
  for (const { name, from, to } of moved.filter((port) => isOurs(port.name, settings))) {
    report(
      `Port ${from} is taken; ${listenerOf(name)} listens on ${to} from now on ` +
        `(remembered in ${dataFolder(settings.dataDir).ports}).`,
    );
  }
};

/** Whether our choice counts, rather than an address of the user's. */
const isOurs = (name: keyof Ports, settings: Settings): boolean => {
  if (name === "host") return !("LORALOOM_PORT" in settings.environment);
  if (name === "gateway") return !("LORALOOM_GATEWAY_PORT" in settings.environment);
  return name === "postgres" ? !hasOwnDatabase(settings) : !hasOwnStore(settings);
};

const listenerOf = (name: keyof Ports): string => {
  if (name === "host") return "the service";
  if (name === "gateway") return "the worker";
  return name === "postgres" ? "Postgres" : `SeaweedFS (${name})`;
};
