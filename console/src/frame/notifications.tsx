import Button from "@cloudscape-design/components/button";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { Failure } from "../aws/failure.ts";
import { DecisionModal } from "./decision-modal.tsx";

/** Tells the person how something went. */
export interface Notify {
  success(text: string): void;
  failure(failure: Failure): void;
}

interface Notice {
  readonly id: string;
  readonly text: string;
  readonly failure?: Failure;
}

const NotifyContext = createContext<Notify | undefined>(undefined);
const NoticesContext = createContext<ReactNode>(null);

/** What is shown at once; older notices make room. */
const most = 5;

/** Keeps the notices of the frame. */
export function Notifications({ children }: { readonly children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const [explained, setExplained] = useState<string>();
  const notify = useMemo<Notify>(() => {
    let count = 0;
    const add = (notice: Omit<Notice, "id">): void => {
      const id = String(++count);
      setNotices((before) => [{ ...notice, id }, ...before].slice(0, most));
    };
    return {
      success: (text) => add({ text }),
      failure: (failure) => add({ text: failure.message, failure }),
    };
  }, []);
  const items = notices.map((notice): FlashbarProps.MessageDefinition => {
    const { id, text, failure } = notice;
    const { requestId } = failure ?? {};
    return {
      id,
      type: failure === undefined ? "success" : "error",
      header: failure?.code,
      content: requestId === undefined ? text : <Refusal text={text} requestId={requestId} />,
      action: requestId !== undefined && <Button onClick={() => setExplained(requestId)}>Explain</Button>,
      dismissible: true,
      dismissLabel: "Dismiss",
      onDismiss: () => setNotices((before) => before.filter((one) => one.id !== id)),
    };
  });
  return (
    <NotifyContext value={notify}>
      <NoticesContext value={<Flashbar items={items} />}>{children}</NoticesContext>
      {explained !== undefined && (
        <DecisionModal requestId={explained} onClose={() => setExplained(undefined)} />
      )}
    </NotifyContext>
  );
}

/** What tells the person. */
export function useNotify(): Notify {
  const notify = useContext(NotifyContext);
  if (notify === undefined) throw new Error("a part that notifies stands outside the frame");
  return notify;
}

/** The notices themselves, where the frame shows them. */
export function Notices() {
  return useContext(NoticesContext);
}

function Refusal({ text, requestId }: { readonly text: string; readonly requestId: string }) {
  return (
    <>
      {text}
      <br />
      <small>Request ID: {requestId}</small>
    </>
  );
}
