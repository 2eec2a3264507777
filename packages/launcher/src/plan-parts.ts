import { dataFolder } from "./data-folder.ts";
import { hostPart, hostUrl, keyFile } from "./host-part.ts";
import type { Part } from "./part.ts";
import { holdPort } from "./ports.ts";
import { postgresPart } from "./postgres.ts";
import { type Binaries, findBinaries } from "./python-binaries.ts";
import { choosePorts } from "./remembered-ports.ts";
import { seaweedfsPart } from "./seaweedfs.ts";
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

/** Decides what is to be started, where it listens and what it is told. */
export const planParts = async (settings: Settings, nodeOptions: string[] = []): Promise<Plan> => {
  const folder = dataFolder(settings.dataDir);
  const chosen = { ports: await choosePorts(folder.ports), secrets: loadSecrets(folder.secrets) };
  const environment = await serviceEnvironment(settings, chosen);
  const host = { settings, environment, port: chosen.ports.host, nodeOptions };
  const worker = { settings, environment, port: chosen.ports.gateway, folder: folder.worker };
  const services = await planServices(settings, chosen);
  return {
    parts: [
      ...services,
      await holdingPort(host.port, hostPart(host)),
      await holdingPort(worker.port, workerPart(worker)),
    ],
    environment,
    url: hostUrl(host),
    gatewayUrl: gatewayUrl(worker),
    keyFile: keyFile(settings),
  };
};

/**
 * The part with its port held until it starts: a second launcher on other data may look for free ports while
 * our Postgres starts, and its host would answer in place of ours.
 */
const holdingPort = async (port: number, part: Part): Promise<Part> => {
  const giveBack = await holdPort(port);
  return { ...part, prepare: () => giveBack().then(part.prepare) };
};

const planServices = async (settings: Settings, chosen: Chosen): Promise<Part[]> => {
  if (hasOwnDatabase(settings) && hasOwnStore(settings)) return [];
  const binaries = await findBinaries(settings.python);
  return [
    ...(hasOwnDatabase(settings) ? [] : [planPostgres(settings, chosen, binaries)]),
    ...(hasOwnStore(settings) ? [] : [planSeaweedfs(settings, chosen, binaries)]),
  ];
};

const planPostgres = (
  { dataDir }: Settings,
  { ports, secrets }: Chosen,
  { postgresFolder }: Binaries,
): Part => {
  const folder = dataFolder(dataDir);
  return postgresPart({
    dataDir: folder.postgres,
    port: ports.postgres,
    password: secrets.postgresPassword,
    postgresFolder,
    logFile: folder.logFile("postgres"),
  });
};

const planSeaweedfs = ({ dataDir }: Settings, { ports, secrets }: Chosen, { weed }: Binaries): Part => {
  const folder = dataFolder(dataDir);
  return seaweedfsPart({
    dataDir: folder.seaweedfs,
    ports,
    keys: secrets.s3,
    jwtKey: secrets.jwtKey,
    bucket: bucketName,
    weed,
    logFile: folder.logFile("seaweedfs"),
  });
};
