/** When an event stream says something, is cut, and is looked at again. */
export type StreamTimes = {
  pingMilliseconds: number;
  /** Longer than two pings: a reader that took nothing for so long is cut. */
  stallMilliseconds: number;
  /** A key that was revoked, or a run that was taken away, ends a stream after so long. */
  recheckMilliseconds: number;
};

export const usualStreamTimes: StreamTimes = {
  // Below the idle timeouts of common proxies.
  pingMilliseconds: 15_000,
  stallMilliseconds: 60_000,
  recheckMilliseconds: 60_000,
};
