/** What the process ends with; every command's help and docs/cli.md list them. */
export const exitCodes = {
  ok: 0,
  /** The service refused, a file has faults, a run failed: something for the user to correct. */
  refused: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Not reached, or a fault of the system: the same command can succeed later. */
  unavailable: 3,
  /** Ctrl-C: 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
