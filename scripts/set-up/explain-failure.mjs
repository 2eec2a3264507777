import { once } from "node:events";
import { connect } from "node:net";
import { freeBytes, gigabyte } from "./check-disk.mjs";

/** Package managers give up when the last file doesn't fit, which may leave a little. */
const fullBelowBytes = 0.3 * gigabyte;
const connectTimeoutMs = 5_000;

/**
 * Looks for the usual causes of a failed download by trying, not by reading its output.
 *
 * @param registry the address it downloaded from; absent where nothing is downloaded
 * @returns one sentence with the cause, if it is known, and the remedy
 */
export const explainFailure = async ({ folder, registry }) => {
  if ((await freeBytes(folder)) < fullBelowBytes) {
    return `The disk at '${folder}' is full: free some space (set-up needs 6 GB), then try again.`;
  }
  const host = registry && new URL(process.env.HTTPS_PROXY || process.env.https_proxy || registry);
  if (host && !(await canConnect(host))) {
    return `'${host.hostname}' can't be reached: connect this machine to the network (or configure a mirror), then try again.`;
  }
  return "The lines above say why; correct that, then try again: set-up goes on where it stopped.";
};

const canConnect = async ({ hostname, port, protocol }) => {
  const socket = connect({ host: hostname, port: Number(port) || (protocol === "http:" ? 80 : 443) });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(connectTimeoutMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};
