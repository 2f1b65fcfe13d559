import { commandWords } from "./command-words.ts";
import type { SessionKind } from "./handshake.ts";
import type { OpenedSession } from "./ports.ts";

/** What is done in a session, and how. */
export interface SessionPlan extends SessionKind {
  readonly command: readonly string[];
  readonly kmsKeyId?: string;
  readonly log?: SessionLogging;
}

/** Where what a session shows is logged. */
export interface SessionLogging {
  readonly logGroup: string;
  /** Whether the log group must be encrypted under a KMS key. */
  readonly encrypted: boolean;
}

/** What a shell is, when the document gives no command (Systems Manager User Guide, "Start a session"). */
const shell = ["/bin/sh"];

/** What a session's document and parameters say; the reason, in words for its user, when nothing can be made of them. */
export function planSession({ documentName, parameters }: OpenedSession): SessionPlan | string {
  const value = (name: string): string | undefined => parameters[name]?.[0] || undefined;
  const command = value("command");
  const kmsKeyId = value("kmsKeyId");
  const logGroup = value("cloudWatchLogGroup");
  const more = {
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(logGroup !== undefined && {
      log: { logGroup, encrypted: value("cloudWatchEncryptionEnabled") === "true" },
    }),
  };
  if (documentName === undefined || command === undefined) {
    return { sessionType: "Standard_Stream", properties: {}, command: shell, ...more };
  }
  const words = commandWords(command);
  // The agent's words before the reason; the reason is ours.
  if (words === undefined) return "Unable to start command: a quotation mark is not closed";
  return { sessionType: "InteractiveCommands", properties: { command }, command: words, ...more };
}
