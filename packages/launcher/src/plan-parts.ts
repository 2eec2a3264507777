import { dataFolder } from "./data-folder.ts";
import { hostPart, hostUrl, keyFile } from "./host-part.ts";
import type { Part } from "./part.ts";
import type { GiveBack } from "./ports.ts";
import { postgresPart } from "./postgres.ts";
import { type Binaries, findBinaries } from "./python-binaries.ts";
import { type ChosenPorts, choosePorts } from "./remembered-ports.ts";
import { reportMovedPorts } from "./report-moved-ports.ts";
import { seaweedfsPart, seaweedfsPortNames } from "./seaweedfs.ts";
import { loadSecrets } from "./secrets.ts";
import { bucketName, type Chosen, serviceEnvironment } from "./service-environment.ts";
import { hasOwnDatabase, hasOwnStore, type Settings } from "./settings.ts";
import { gatewayUrl, workerPart } from "./worker-part.ts";

export type Plan = {
  /** In the order in which they are started; they are ended in the reverse one. */
  parts: Part[];
  environment: Record<string, string>;
  url: string;
  gatewayUrl: string;
  keyFile: string;
};

export type PlanOptions = {
  report: (line: string) => void;
  /** Options of Node for the host. */
  nodeOptions?: string[];
};

/** Decides what is to be started, where it listens and what it is told. */
export const planParts = async (
  settings: Settings,
  { report, nodeOptions = [] }: PlanOptions,
): Promise<Plan> => {
  const folder = dataFolder(settings.dataDir);
  const { ports, moved, giveBack } = await choosePorts(folder.ports);
  reportMovedPorts(moved, settings, report);
  const chosen = { ports, secrets: loadSecrets(folder.secrets) };
  const environment = await serviceEnvironment(settings, chosen);
  const host = { settings, environment, port: chosen.ports.host, nodeOptions };
  const worker = { settings, environment, port: chosen.ports.gateway };
  const services = await planServices(settings, { ...chosen, giveBack });
  return {
    parts: [
      ...services,
      holdingPorts([giveBack.host], hostPart(host)),
      holdingPorts([giveBack.gateway], workerPart(worker)),
    ],
    environment,
    url: hostUrl(host),
    gatewayUrl: gatewayUrl(worker),
    keyFile: keyFile(settings),
  };
};

/** Gives them back as late as can be: right before the program starts that listens on them. */
const holdingPorts = (held: GiveBack[], part: Part): Part => ({
  ...part,
  prepare: async () => {
    const command = await part.prepare();
    for (const giveBack of held) await giveBack();
    return command;
  },
});

type Holding = Chosen & Pick<ChosenPorts, "giveBack">;

const planServices = async (settings: Settings, chosen: Holding): Promise<Part[]> => {
  if (hasOwnDatabase(settings)) await chosen.giveBack.postgres();
  if (hasOwnStore(settings)) for (const giveBack of ofSeaweedfs(chosen)) await giveBack();
  if (hasOwnDatabase(settings) && hasOwnStore(settings)) return [];
  const binaries = await findBinaries(settings.python);
  return [
    ...(hasOwnDatabase(settings) ? [] : [planPostgres(settings, chosen, binaries)]),
    ...(hasOwnStore(settings) ? [] : [planSeaweedfs(settings, chosen, binaries)]),
  ];
};

const ofSeaweedfs = ({ giveBack }: Holding): GiveBack[] => seaweedfsPortNames.map((name) => giveBack[name]);

const planPostgres = (
  { dataDir }: Settings,
  { ports, secrets, giveBack }: Holding,
  { postgresFolder }: Binaries,
): Part => {
  const folder = dataFolder(dataDir);
  const part = postgresPart({
    dataDir: folder.postgres,
    port: ports.postgres,
    password: secrets.postgresPassword,
    postgresFolder,
    logFile: folder.logFile("postgres"),
  });
  return holdingPorts([giveBack.postgres], part);
};

const planSeaweedfs = ({ dataDir }: Settings, chosen: Holding, { weed }: Binaries): Part => {
  const folder = dataFolder(dataDir);
  const { ports, secrets } = chosen;
  const part = seaweedfsPart({
    dataDir: folder.seaweedfs,
    ports,
    keys: secrets.s3,
    jwtKey: secrets.jwtKey,
    bucket: bucketName,
    weed,
    logFile: folder.logFile("seaweedfs"),
  });
  return holdingPorts(ofSeaweedfs(chosen), part);
};
