import { useEffect, useState } from "preact/hooks";
import type { Session } from "../../session.ts";
import { type Problem, toProblem } from "../parts/problem.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

type Opened = { workspace: Workspace | null; problem: Problem | null };

const nothing: Opened = { workspace: null, problem: null };

/** The workspace of an avatar; what goes on for the one before ends. */
export const useWorkspace = (session: Session, avatarId: string): Opened => {
  const [opened, setOpened] = useState(nothing);
  useEffect(() => {
    const end = new AbortController();
    const show = (now: Opened) => end.signal.aborted || setOpened(now);
    show(nothing);
    openWorkspace(session, avatarId, end.signal).then(
      (workspace) => show({ workspace, problem: null }),
      (error: unknown) => show({ workspace: null, problem: toProblem(error) }),
    );
    return () => end.abort();
  }, [session, avatarId]);
  return opened;
};
