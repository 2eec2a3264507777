import type { ErrorCode } from "@loraloom/client";

/** What to do on a command line, for codes whose own remedy speaks to programs. */
const remedies = new Map<string, string>(
  Object.entries({
    bad_input: "Correct what the message names and run the command again.",
    user_required: "Say whose with --user or LORALOOM_USER: a service key acts for any user.",
    user_mismatch:
      "Leave --user and LORALOOM_USER out, ask that user to share the avatar with you, or use a service key.",
    share_not_found: "See with whom the avatar is shared: loraloom shares",
    missing_key: "Give --key-file, LORALOOM_API_KEY or LORALOOM_API_KEY_FILE.",
    invalid_key: "Check the key for typing errors, or make a new one: loraloom keys create",
    revoked_key: "Use another key, or make a new one: loraloom keys create",
    rotated_key: "Use the secret that 'loraloom keys rotate' printed.",
    expired_key: "Make a new key: loraloom keys create",
    bad_folder:
      "Name one of the avatar's folders, such as vectorstore_data, media/audio or media/original/video, or one of the user: 1 to 63 characters of a-z 0-9 _ -",
    file_not_found: "See which files there are: loraloom ls",
    adapter_not_found: "Make the adapter: loraloom adapters create ('loraloom train' does so by itself)",
    adapter_deleted: "Make the adapter again, then train it: loraloom adapters create",
    version_not_found: "See which versions there are: loraloom adapters versions",
    no_current_version: "Train the adapter first (loraloom train), or chat with the base model (--base).",
    no_previous_version: "Name the version to go back to: loraloom adapters versions",
    run_not_found: "See which runs there are: loraloom runs",
    backup_not_found:
      "See which backups there are: loraloom adapters backups; name another avatar's with --from.",
    upload_not_found: "Upload the file again, without --resume.",
    upload_expired: "Upload the file again, without --resume.",
    upload_ended: "See whether the file is there (loraloom ls); if not, upload it again, without --resume.",
    upload_hash_mismatch: "Upload the file as it is now, without --resume.",
    over_length:
      "Shorten the example, or train with --set maxLength=N, or --set overLength=drop or truncate.",
    key_not_found: "See which keys there are: loraloom keys",
    invalid_training_file:
      "Correct the file and upload it again, or take it out (loraloom flag NAME --off), or train on the other rows (--skip-invalid-rows); see every fault: loraloom validate",
    speaker_not_found:
      "Name one of the listed speakers (--speaker NAME), or take the file out: loraloom flag NAME --off",
    files_not_ready: "Wait until 'loraloom ls' shows none of them as (inspecting), then try again.",
    no_usable_rows: "Upload a file with at least one usable example, and see that it is used: loraloom ls",
    corrupt_adapter: "Go back to another version (loraloom adapters rollback), or train again.",
    attempts_exhausted:
      "See the cause in the run's error and in the worker's log under the run's id; once it is mended: loraloom train --again RUN",
    out_of_memory:
      "Train again with a smaller batchSize, maxLength or rank (--set); loraloom train --dry-run says how much memory it takes.",
    not_loraloom: "Check the address (--url or LORALOOM_URL): something else answers there.",
    network: "Check that the service runs and that the URL is right, then try again.",
  } satisfies Partial<Record<ErrorCode, string>>),
);

/** What to do on a command line, where that is another thing than in a program. */
export const commandRemedy = (code: string): string | undefined => remedies.get(code);

/** The remedy for a person at a terminal. */
export const remedyOf = ({ code, remedy }: { code: string; remedy: string }): string =>
  commandRemedy(code) ?? remedy;
