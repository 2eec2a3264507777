/** What any program needs and no secret of ours or the user's is part of. */
const passedOn = ["PATH", "HOME", "TMPDIR", "TZ"];

/** A bare environment for parts that take their settings from arguments and files. */
export const baseEnvironment = (): Record<string, string> =>
  Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
