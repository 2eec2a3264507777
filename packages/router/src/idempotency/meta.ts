/** What is said of a mutation beside its input and its answer. */
export type RepeatMeta = {
  /**
   * Whether it may be done again where nobody knows if it was done: it then changes nothing, or has recorded in the
   * same transaction what it made.
   */
  again?: boolean;
  /**
   * What keeps its answer from being kept: a `secret` of what it makes, or the `next-secret` of what was there before
   * and is in use, each shown once; or it is made `anew` each time, as links that end are, and what names somebody who
   * is gone.
   */
  answer?: "secret" | "next-secret" | "anew";
  /** `secret`: what is kept of it, to tell it from another one, must not tell who guesses it that he is right. */
  input?: "secret";
};
