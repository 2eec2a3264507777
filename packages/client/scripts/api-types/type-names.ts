/**
 * Names of types that users of the client see in their editor, each by a place where the type
 * stands. A repeated type that has no name here is called after the first of its places.
 */
export const typeNames: ReadonlyMap<string, string> = new Map([
  ["adapter.create.output", "Adapter"],
  ["adapter.versions.output.versions", "Version"],
  ["adapter.versions.output.versions.files", "FileContent"],
  ["adapter.versions.output.versions.metrics", "Metrics"],
  ["trainingData.createUpload.input.kind?", "DataKind"],
  ["trainingData.getUpload.input", "UploadScope"],
  ["trainingData.list.output.files.report.faults", "RowFault"],
  ["trainingData.recommend.output.hyperparameters", "Recommended"],
  ["train.start.output.config.hyperparameters.rewards", "Reward"],
  ["trainingData.summary.output.trainingData", "FolderSummary"],
  ["trainingData.validate.output.byFile", "ValidatedFile"],
  ["trainingData.download.output", "Download"],
  ["trainingData.presignParts.output", "PresignedParts"],
  ["trainingData.sync.output", "Synced"],
  ["trainingData.get.input", "FileScope"],
  ["trainingData.completeUpload.output", "DataFile"],
  ["train.start.output", "Run"],
  ["train.start.output.progress", "Progress"],
  ["train.start.output.progress.preferences", "PreferenceFigures"],
  ["train.start.output.progress.rewards", "RewardFigures"],
  ["train.get.input", "RunScope"],
  ["train.start.output.status", "RunStatus"],
  ["keys.list.output.keys", "ListedKey"],
  ["shares.set.output", "Share"],
  ["webhooks.list.output.webhooks", "Webhook"],
  ["webhooks.test.output", "Delivery"],
  ["avatars.erase.output", "Erasure"],
  ["secrets.set.output", "ListedSecret"],
  ["health.output.database", "PartHealth"],
  ["health.output.database.error?", "Failure"],
]);

/** Fields that stand together in many types, by the name of the group. */
export const fieldGroups: ReadonlyMap<string, readonly string[]> = new Map([
  ["Scope", ["avatarId", "userId?"]],
  ["Page", ["cursor?", "limit?"]],
  ["Measured", ["step", "loss", "preferences", "rewards"]],
  ["Key", ["id", "kind", "name", "scopes", "userId", "createdAt", "expiresAt"]],
  ["AdapterOptions", ["rank", "alpha", "rankStabilized", "dora", "dropout", "targetModules"]],
  [
    "ReadRows",
    [
      ...[
        "files",
        "bytes",
        "rows",
        "usableRows",
        "rowKinds",
        "duplicates",
        "method",
        "examples",
        "unusedRows",
      ],
      ...["evaluation", "speakers", "faultCount", "faults", "warningCount", "warnings", "byFile"],
    ],
  ],
  [
    "MethodOptions",
    [
      ...["beta", "desirableWeight", "undesirableWeight"],
      ...["numGenerations", "maxCompletionTokens", "temperature", "topP"],
    ],
  ],
  [
    "Hyperparameters",
    [
      ...["fullFineTuning", "learningRate", "schedule", "warmupRatio", "weightDecay", "maxGradNorm"],
      ...["batchSize", "gradientAccumulation", "packing", "gradientCheckpointing", "maxSteps"],
      ...["maxLength", "overLength", "seed"],
    ],
  ],
]);
