import { useSignal } from "@preact/signals";
import type { Session } from "../../session.ts";
import { ChatPanel } from "../chat/chat-panel.tsx";
import { FilesPanel } from "../files/files-panel.tsx";
import { Announcer } from "../parts/announcer.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { TrainingPanel } from "../training/training-panel.tsx";
import { Logo } from "./logo.tsx";
import { useWorkspace } from "./use-workspace.ts";
import { WhoForm } from "./who-form.tsx";
import type { Workspace } from "./workspace.ts";

/** The whole page, for one avatar at a time. */
export const App = ({ session }: { session: Session }) => {
  const avatarId = useSignal(session.avatarId);
  const opened = useWorkspace(session, avatarId.value);
  return (
    <>
      <header>
        <h1>
          <Logo /> Loraloom
        </h1>
        <WhoForm
          userId={session.userId}
          avatarId={avatarId.value}
          onOpen={(name) => {
            avatarId.value = name;
          }}
        />
      </header>
      <main>
        <div class="whole-width">
          <ProblemNote problem={opened.problem} />
        </div>
        {opened.workspace && <Panels {...opened.workspace} />}
      </main>
      <Announcer />
    </>
  );
};

const Panels = ({ files, training, chat }: Workspace) => (
  <>
    <FilesPanel files={files} />
    <div class="column">
      <TrainingPanel training={training} />
      <ChatPanel chat={chat} />
    </div>
  </>
);
