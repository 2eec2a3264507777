/**
 * One reversible encoding for a user's id, an avatar's id or a file's name inside an object key.
 *
 * Names stay readable: only `%` (so that it can be undone) and each dot that follows a dot are
 * written as `%25` and `%2E`. Some stores refuse a key with `..` in it.
 */
export const encodeSegment = (name: string): string =>
  name.replaceAll("%", "%25").replaceAll(/(?<=\.)\./g, "%2E");

/** The name that {@link encodeSegment} was given. */
export const decodeSegment = (segment: string): string =>
  segment.replaceAll("%2E", ".").replaceAll("%25", "%");
