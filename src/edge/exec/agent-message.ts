import { createHash, timingSafeEqual } from "node:crypto";

/**
 * The frames of a session's data (amazon-ssm-agent, "AgentMessage"): a header of fixed fields, big-endian, and a
 * payload. Pure.
 */
export interface AgentMessage {
  readonly type: MessageType;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Counts the messages of one direction, from 0. */
  readonly sequence: number;
  readonly flags: number;
  /** A UUID. */
  readonly id: string;
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** What a frame is. Data of the client's side comes in as input, that of the container's goes out as output. */
export type MessageType =
  | "input_stream_data"
  | "output_stream_data"
  | "acknowledge"
  | "channel_closed"
  | "start_publication"
  | "pause_publication";

/** What the payload of a data message is. */
export const payloadTypes = {
  output: 1,
  error: 2,
  size: 3,
  parameter: 4,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  encryptionChallengeRequest: 8,
  encryptionChallengeResponse: 9,
  flag: 10,
  standardError: 11,
  exitCode: 12,
} as const;

/** What the payload of a flag says, as an unsigned number of four bytes. */
export const flagPayloads = { disconnectToPort: 1, terminateSession: 2, connectToPortError: 3 } as const;

const messageTypes: ReadonlySet<string> = new Set<MessageType>([
  "input_stream_data",
  "output_stream_data",
  "acknowledge",
  "channel_closed",
  "start_publication",
  "pause_publication",
]);

const at = {
  messageType: 4,
  schemaVersion: 36,
  createdDate: 40,
  sequence: 48,
  flags: 56,
  id: 64,
  digest: 80,
  payloadType: 112,
  payloadLength: 116,
} as const;
const typeLength = 32;
const idLength = 16;
const digestLength = 32;
/** Where the payload is, without anything more in the header than these fields. */
const headerLength = at.payloadLength;
/** No header is longer. Ours. */
const longestHeader = 1024;

export function encodeMessage(message: AgentMessage): Buffer {
  const { payload } = message;
  const frame = Buffer.alloc(headerLength + 4 + payload.length);
  frame.writeUInt32BE(headerLength, 0);
  frame.fill(" ", at.messageType, at.messageType + typeLength);
  frame.write(message.type, at.messageType, "ascii");
  frame.writeUInt32BE(1, at.schemaVersion);
  frame.writeBigUInt64BE(BigInt(message.createdAt), at.createdDate);
  frame.writeBigInt64BE(BigInt(message.sequence), at.sequence);
  frame.writeBigUInt64BE(BigInt(message.flags), at.flags);
  const id = Buffer.from(message.id.replaceAll("-", ""), "hex");
  // AWS: the halves of the id are swapped.
  id.copy(frame, at.id, 8, 16);
  id.copy(frame, at.id + 8, 0, 8);
  createHash("sha256").update(payload).digest().copy(frame, at.digest);
  frame.writeUInt32BE(message.payloadType, at.payloadType);
  frame.writeUInt32BE(payload.length, at.payloadLength);
  payload.copy(frame, headerLength + 4);
  return frame;
}

/** Reads a frame; undefined for what is none, or whose payload is not what its digest says. */
export function decodeMessage(frame: Buffer): AgentMessage | undefined {
  if (frame.length < headerLength + 4) return undefined;
  const header = frame.readUInt32BE(0);
  if (header < headerLength || header > longestHeader || frame.length < header + 4) return undefined;
  const payloadLength = frame.readUInt32BE(header);
  if (frame.length !== header + 4 + payloadLength) return undefined;
  const type = frame
    .toString("latin1", at.messageType, at.messageType + typeLength)
    .replace(/[\0 ]+$/, "")
    .replace(/^[\0 ]+/, "");
  const createdAt = Number(frame.readBigUInt64BE(at.createdDate));
  const sequence = Number(frame.readBigInt64BE(at.sequence));
  if (!isMessageType(type) || createdAt === 0 || !Number.isSafeInteger(createdAt)) return undefined;
  if (!Number.isSafeInteger(sequence) || sequence < 0) return undefined;
  const payload = frame.subarray(header + 4);
  const digest = frame.subarray(at.digest, at.digest + digestLength);
  if (payloadLength > 0 && !timingSafeEqual(digest, createHash("sha256").update(payload).digest())) {
    return undefined;
  }
  return {
    type,
    createdAt,
    sequence,
    flags: Number(BigInt.asUintN(32, frame.readBigUInt64BE(at.flags))),
    id: idOf(frame.subarray(at.id, at.id + idLength)),
    payloadType: frame.readUInt32BE(at.payloadType),
    payload,
  };
}

function isMessageType(text: string): text is MessageType {
  return messageTypes.has(text);
}

function idOf(swapped: Buffer): string {
  const hex = swapped.toString("hex", 8, 16) + swapped.toString("hex", 0, 8);
  return [0, 8, 12, 16, 20].map((from, i, all) => hex.slice(from, all[i + 1])).join("-");
}
