/**
 * Bytes sent of the bytes to send. What breaks on its way is sent again and counts from there, so that `loaded` can go
 * back; never below what has arrived.
 */
export type UploadProgress = { loaded: number; total: number };
export type OnProgress = (progress: UploadProgress) => void;

/** Adds up what each part says of itself. */
export const trackParts = (
  total: number,
  onProgress: OnProgress | undefined,
): ((number: number, loaded: number) => void) => {
  const loadedOf = new Map<number, number>();
  let sum = 0;
  return (number, loaded) => {
    sum += loaded - (loadedOf.get(number) ?? 0);
    loadedOf.set(number, loaded);
    onProgress?.({ loaded: sum, total });
  };
};
