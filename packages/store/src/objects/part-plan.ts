const mebibyte = 1024 * 1024;
const usualPartBytes = 16 * mebibyte;
/** Stores take no more of one object. */
const mostParts = 10_000;

/** How a file is cut: every part but the last one has `partSize` bytes. */
export type PartPlan = { size: number; partSize: number };

/** Bytes of each part: 16 MiB unless another usual size is given, or whole mebibytes more where that would be too many parts. */
export const partSizeFor = (size: number, usual = usualPartBytes): number =>
  Math.max(usual, Math.ceil(size / mostParts / mebibyte) * mebibyte);

/** Parts are numbered from 1 to this. */
export const partCount = ({ size, partSize }: PartPlan): number => Math.ceil(size / partSize);

/** Bytes of one part, which there has to be. */
export const bytesOfPart = ({ size, partSize }: PartPlan, number: number): number =>
  Math.min(partSize, size - (number - 1) * partSize);
