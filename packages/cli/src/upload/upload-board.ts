import { bar, percent } from "../screen/bar.ts";
import { formatBytes } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import { fitTo } from "../screen/text-width.ts";
import type { LocalFile } from "./find-files.ts";

const nameColumns = 28;

/** The bars of the files on their way, and one of all. */
export type UploadBoard = {
  sent: (file: LocalFile, loaded: number) => void;
  inspecting: (file: LocalFile) => void;
  done: (file: LocalFile) => void;
};

type OnItsWay = { loaded: number; isInspected: boolean };

export const createUploadBoard = (files: LocalFile[], screen: Screen): UploadBoard => {
  const onTheirWay = new Map<LocalFile, OnItsWay>();
  const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
  let doneFiles = 0;
  let doneBytes = 0;
  const draw = () => screen.live.draw(() => [...[...onTheirWay].map(fileLine), totalLine()]);
  const fileLine = ([{ name, size }, { loaded, isInspected }]: [LocalFile, OnItsWay]): string => {
    const column = fitTo(printableLine(name), nameColumns);
    if (isInspected) return `${column} ${screen.noteColors.dim("is being inspected …")}`;
    return `${column} ${barOf({ loaded, total: size ?? 0 }, screen)}`;
  };
  const totalLine = (): string => {
    const loaded = [...onTheirWay.values()].reduce((sum, file) => sum + file.loaded, doneBytes);
    const count = `${doneFiles} of ${files.length} files`;
    return `${fitTo(count, nameColumns)} ${barOf({ loaded, total }, screen)}`;
  };
  return {
    sent: (file, loaded) => {
      onTheirWay.set(file, { loaded, isInspected: false });
      draw();
    },
    inspecting: (file) => {
      onTheirWay.set(file, { loaded: file.size ?? 0, isInspected: true });
      draw();
    },
    done: (file) => {
      onTheirWay.delete(file);
      doneFiles += 1;
      doneBytes += file.size ?? 0;
      draw();
    },
  };
};

/** Nothing to send is all sent. */
const barOf = ({ loaded, total }: { loaded: number; total: number }, { noteColors }: Screen): string => {
  const share = total === 0 ? 1 : loaded / total;
  return `${bar(share, noteColors)} ${percent(share)}  ${formatBytes(loaded)}`;
};
