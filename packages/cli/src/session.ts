import type { Client } from "@loraloom/client";
import { type AnyCommand, readSharedOptions, type SharedOptions } from "./command/shared-options.ts";
import { openClient } from "./connection/open-client.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { UsageError } from "./failures/cli-error.ts";
import { reportFailure } from "./failures/report-failure.ts";
import { createScreen, type Screen } from "./screen/screen.ts";

/** What a command works with. */
export type Session = {
  client: Client;
  screen: Screen;
  /** Aborted by Ctrl-C, with an InterruptedError. */
  signal: AbortSignal;
  /** Whose things; empty where the key says it. */
  user: { userId?: string };
  /** Which avatar's. @throws UsageError when none is named */
  avatar: () => AvatarScope;
};

export type AvatarScope = { userId?: string; avatarId: string };

/** A command's work; what it returns is what the process ends with, 0 unless it says otherwise. */
export type Work = (session: Session) => Promise<ExitCode | undefined>;

/** Runs the work of a command and says how it failed. */
export type Run = (command: AnyCommand, work: Work) => Promise<void>;

/** The one way from commander's actions to the work. */
export const createRun =
  (signal: AbortSignal): Run =>
  async (command, work) => {
    const options = readSharedOptions(command, process.env);
    const screen = createScreen({
      isJson: options.json === true,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
    });
    try {
      process.exitCode = (await work(await openSession(options, { screen, signal }))) ?? exitCodes.ok;
    } catch (error) {
      process.exitCode = reportFailure(error, screen, { debug: options.debug === true });
    } finally {
      screen.live.clear();
    }
  };

const openSession = async (
  options: SharedOptions,
  { screen, signal }: Pick<Session, "screen" | "signal">,
): Promise<Session> => {
  const client = await openClient(options, { environment: process.env, folder: process.cwd() });
  const user = options.user === undefined ? {} : { userId: options.user };
  return { client, screen, signal, user, avatar: () => ({ ...user, avatarId: namedAvatar(options) }) };
};

const namedAvatar = ({ avatar }: SharedOptions): string => {
  if (avatar !== undefined) return avatar;
  throw new UsageError("No avatar is named.", { remedy: "Give --avatar or LORALOOM_AVATAR." });
};
