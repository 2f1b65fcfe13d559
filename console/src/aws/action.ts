import { useCallback, useState } from "react";
import { useNotify } from "../frame/notifications.tsx";
import { endSession } from "../session/session.ts";
import { failureOf, isEndOfSession } from "./failure.ts";

/** Does something and tells the person how it went. */
export interface Action {
  /** Settles with whether it went well; what went wrong is shown with its request id. */
  run(work: () => Promise<unknown>, done: string): Promise<boolean>;
  readonly busy: boolean;
}

/** One thing at a time that changes something. */
export function useAction(): Action {
  const notify = useNotify();
  const [busy, setBusy] = useState(false);
  const run = useCallback(
    async (work: () => Promise<unknown>, done: string): Promise<boolean> => {
      setBusy(true);
      try {
        await work();
        notify.success(done);
        return true;
      } catch (error) {
        const failure = failureOf(error);
        if (isEndOfSession(failure)) endSession("expired");
        else notify.failure(failure);
        return false;
      } finally {
        setBusy(false);
      }
    },
    [notify],
  );
  return { run, busy };
}
