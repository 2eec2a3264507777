/** A data key as a master key wrapped it; `keyId` names that master key. */
export type WrappedKey = { keyId: string; wrapped: string };

/**
 * What wraps the data keys of secrets, in the form of a key management service: whoever has it can do without ever
 * seeing a master key. {@link openKeyFile} is the one that is built in.
 */
export type MasterKeys = {
  /**
   * Wraps 32 bytes with the current key.
   *
   * @throws LoraloomError `master_key_unusable`
   */
  wrap: (dataKey: Uint8Array) => Promise<WrappedKey>;
  /**
   * Gives back what {@link MasterKeys.wrap} was given, by whichever key did it.
   *
   * @throws LoraloomError `master_key_unusable`; `secret_unreadable` where that key is not here
   */
  unwrap: (key: WrappedKey) => Promise<Uint8Array>;
  /**
   * HMAC-SHA-256 of a text under each key at hand, the current one first, in hex. It tells equal texts, and nothing to
   * who guesses a text and has no key.
   *
   * @throws LoraloomError `master_key_unusable`
   */
  macs: (text: string) => Promise<[string, ...string[]]>;
  /**
   * The ids of the keys at hand, the current one first.
   *
   * @throws LoraloomError `master_key_unusable`
   */
  keyIds: () => Promise<string[]>;
  /** The file that others than its owner may read, if there is one. */
  exposedFile: () => Promise<string | undefined>;
};
