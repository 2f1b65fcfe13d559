import { commandWords } from "./command-words.ts";
import type { SessionKind } from "./handshake.ts";
import type { OpenedSession } from "./ports.ts";

/** What is done in a session, and how. */
export interface SessionPlan extends SessionKind {
  readonly work: CommandWork | PortWork;
  readonly kmsKeyId?: string;
  readonly log?: SessionLogging;
}

/** A command is run in a terminal. */
export interface CommandWork {
  readonly command: readonly string[];
}

/** A port is called: over and over for as many connections as the client has, or once. */
export interface PortWork {
  /** The container's own when left out. */
  readonly host?: string;
  readonly port: number;
  readonly connections: "many" | "one";
}

/** Where what a session shows is logged. */
export interface SessionLogging {
  readonly logGroup: string;
  /** Whether the log group must be encrypted under a KMS key. */
  readonly encrypted: boolean;
}

/** What a shell is, when the document gives no command (Systems Manager User Guide, "Start a session"). */
const shell = ["/bin/sh"];

/** AWS: the ports of the documents where none is given. */
const ordinaryPort = "80";
const sshPort = "22";

/** What a session's document and parameters say; the reason, in words for its user, when nothing can be made of them. */
export function planSession({ documentName, parameters }: OpenedSession): SessionPlan | string {
  const value = (name: string): string | undefined => parameters[name]?.[0] || undefined;
  switch (documentName) {
    case "AWS-StartPortForwardingSession":
    case "AWS-StartPortForwardingSessionToRemoteHost":
      return forwardedPort(value);
    case "AWS-StartSSHSession": {
      const portNumber = value("portNumber") ?? sshPort;
      const work = { port: Number(portNumber), connections: "one" } as const;
      return { sessionType: "Port", properties: { portNumber }, work };
    }
    default:
      return commandPlan(value);
  }
}

function forwardedPort(value: (name: string) => string | undefined): SessionPlan {
  const portNumber = value("portNumber") ?? ordinaryPort;
  const host = value("host");
  return {
    sessionType: "Port",
    properties: {
      ...(host !== undefined && { host }),
      portNumber,
      localPortNumber: value("localPortNumber") ?? "0",
      // AWS: by it a client knows that it listens, for many connections.
      type: "LocalPortForwarding",
    },
    work: { ...(host !== undefined && { host }), port: Number(portNumber), connections: "many" },
  };
}

function commandPlan(value: (name: string) => string | undefined): SessionPlan | string {
  const command = value("command");
  const kmsKeyId = value("kmsKeyId");
  const logGroup = value("cloudWatchLogGroup");
  const more = {
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(logGroup !== undefined && {
      log: { logGroup, encrypted: value("cloudWatchEncryptionEnabled") === "true" },
    }),
  };
  if (command === undefined) {
    return { sessionType: "Standard_Stream", properties: {}, work: { command: shell }, ...more };
  }
  const words = commandWords(command);
  // The agent's words before the reason; the reason is ours.
  if (words === undefined) return "Unable to start command: a quotation mark is not closed";
  return { sessionType: "InteractiveCommands", properties: { command }, work: { command: words }, ...more };
}
