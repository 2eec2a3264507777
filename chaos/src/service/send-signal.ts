import { isErrno } from "@loraloom/launcher";

/** Signals a process; one that is gone already, by another fault, is no error. @returns whether it was there */
export const sendSignal = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
};
