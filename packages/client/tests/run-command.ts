import { execFile } from "node:child_process";

export type CommandOptions = { cwd: string; env?: Record<string, string> };

/** Runs a program to its end; a failure carries what it printed. */
export const runCommand = (file: string, args: string[], { cwd, env }: CommandOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(new Error(`${file} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
