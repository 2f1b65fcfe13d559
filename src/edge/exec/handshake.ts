import { encodeMessage } from "./agent-message.ts";

/** What a session is to its client: a terminal, with a command of its own or with a shell, or a port. */
export interface SessionKind {
  readonly sessionType: "InteractiveCommands" | "Standard_Stream" | "Port";
  /** What the document says. Of a port, the client reads them; else it does nothing with them. */
  readonly properties: Readonly<Record<string, string>>;
}

/** AWS: the agent whose protocol this is. Clients choose what they speak by it. */
const agentVersion = "3.1.1732.0";

/** AWS: how a client says that it has done what was asked of it. */
const done = 1;

/** What a client is asked to do first. @param kmsKeyId the key under which the data is to be encrypted. */
export function handshakeRequest(kind: SessionKind, kmsKeyId: string | undefined): Buffer {
  const encryption = { ActionType: "KMSEncryption", ActionParameters: { KMSKeyId: kmsKeyId } };
  const session = {
    ActionType: "SessionType",
    ActionParameters: { SessionType: kind.sessionType, Properties: kind.properties },
  };
  return json({
    AgentVersion: agentVersion,
    RequestedClientActions: kmsKeyId === undefined ? [session] : [encryption, session],
  });
}

/** @param took ms. @param message shown to the user. */
export function handshakeComplete(took: number, message: string): Buffer {
  // A duration of Go: nanoseconds.
  return json({ HandshakeTimeToComplete: took * 1_000_000, CustomerMessage: message });
}

/** What a client has made of the request. */
export interface HandshakeResponse {
  /** Why it cannot go on; empty when it can. */
  readonly refused: string;
  /** `1.2.0.0`; empty when it does not say. */
  readonly clientVersion: string;
  /** The data key, as KMS has encrypted it. */
  readonly encryptedKey?: Buffer;
}

/** Reads a client's response; undefined when it is none. */
export function readHandshakeResponse(payload: Buffer): HandshakeResponse | undefined {
  const response = parse(payload) as
    | { readonly ProcessedClientActions?: unknown; readonly ClientVersion?: unknown }
    | undefined;
  if (!Array.isArray(response?.ProcessedClientActions)) return undefined;
  const actions = response.ProcessedClientActions as readonly (ProcessedAction | null)[];
  const failed = actions.find((action) => action?.ActionStatus !== done);
  const key = actions.find((action) => action?.ActionType === "KMSEncryption")?.ActionResult
    ?.KMSCipherTextKey;
  return {
    refused:
      failed === undefined
        ? ""
        : String(failed?.Error ?? "").slice(0, 1024) || "the client refused the session",
    clientVersion: typeof response.ClientVersion === "string" ? response.ClientVersion.slice(0, 64) : "",
    ...(typeof key === "string" && { encryptedKey: Buffer.from(key, "base64") }),
  };
}

interface ProcessedAction {
  readonly ActionType?: unknown;
  readonly ActionStatus?: unknown;
  readonly ActionResult?: { readonly KMSCipherTextKey?: unknown } | null;
  readonly Error?: unknown;
}

/** A challenge by which each side proves that it has the key. */
export function encryptionChallenge(encrypted: Buffer): Buffer {
  return json({ Challenge: encrypted.toString("base64") });
}

/** @returns the encrypted answer to a challenge; undefined when it is none. */
export function readEncryptionChallenge(payload: Buffer): Buffer | undefined {
  const answer = parse(payload) as { readonly Challenge?: unknown } | undefined;
  return typeof answer?.Challenge === "string" ? Buffer.from(answer.Challenge, "base64") : undefined;
}

/** The size of a client's terminal; undefined for what is none. */
export function readSize(payload: Buffer): { readonly rows: number; readonly columns: number } | undefined {
  const size = parse(payload) as { readonly rows?: unknown; readonly cols?: unknown } | undefined;
  const [rows, columns] = [size?.rows, size?.cols];
  return isLength(rows) && isLength(columns) ? { rows, columns } : undefined;
}

/** Terminals count rows and columns in two bytes. */
function isLength(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 0xffff;
}

/** The last frame of a session. @param output what its client shows; nothing when empty. */
export function channelClosed(sessionId: string, id: string, now: number, output: string): Buffer {
  const payload = json({
    MessageId: id,
    CreatedDate: new Date(now).toISOString(),
    DestinationId: sessionId,
    SessionId: sessionId,
    MessageType: "channel_closed",
    SchemaVersion: 1,
    Output: output,
  });
  const header = { createdAt: now, sequence: 0, flags: 0, id, payloadType: 0 };
  return encodeMessage({ ...header, type: "channel_closed", payload });
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Undefined for what is no JSON object. */
function parse(payload: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
