import { Option } from "@commander-js/extra-typings";
import type { Session } from "../session.ts";
import { openDataset } from "./dataset-folder.ts";
import type { FileFolder } from "./file-folder.ts";
import { openOtherFolder } from "./other-folder.ts";

/** Which files a command is about: training data unless one of them says otherwise. */
export type FolderOptions = { evaluation?: true; folder?: string };

export const evaluationOption = () =>
  new Option("--evaluation", "held-out files, which training measures with and never learns from");

export const folderOption = () =>
  new Option(
    "--folder <folder>",
    "another folder of the avatar (vectorstore_data, media/audio, media/original/text, …) or of the user (image, …)",
  ).conflicts("evaluation");

export const openFolder = (session: Session, { evaluation, folder }: FolderOptions): FileFolder => {
  if (evaluation || folder === "evaluation_data") return openDataset(session, "evaluation_data");
  if (folder === undefined || folder === "training_data") return openDataset(session, "training_data");
  return openOtherFolder(session, folder);
};
