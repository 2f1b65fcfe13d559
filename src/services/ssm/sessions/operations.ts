import type { AnyOperation } from "../../../dispatch/operation.ts";
import { resumeSession, terminateSession } from "./change-session.ts";
import { describeSessions, getConnectionStatus } from "./describe-sessions.ts";
import type { SessionPorts } from "./ports.ts";
import { startSession } from "./start-session.ts";

export const sessionOperations = (ports: SessionPorts): readonly AnyOperation[] => [
  describeSessions,
  getConnectionStatus(ports),
  resumeSession(ports),
  startSession(ports),
  terminateSession(ports),
];
