/** A failure of set-up that people can act on: one sentence on what is wrong, one on what to do. */
export class SetUpError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "SetUpError";
  }
}
