/** When an event stream says something, is cut, and is looked at again. */
export type StreamTimes = {
  pingMilliseconds: number;
  /** Longer than two pings: a reader that took nothing for so long is cut. */
  stallMilliseconds: number;
  /** How often the rights of who has a stream open are looked at again; left out: as usual. */
  lookAgainMilliseconds?: number;
  /** Chats that are open when the host ends may finish so long. */
  graceMilliseconds: number;
};

export const usualStreamTimes: StreamTimes = {
  // Below the idle timeouts of common proxies.
  pingMilliseconds: 15_000,
  stallMilliseconds: 60_000,
  graceMilliseconds: 10_000,
};
