import { Sha256Js } from "@smithy/core/checksum";

/**
 * The frames of a session's data, as clients of Session Manager speak them: a header of fixed fields, big-endian, and
 * a payload.
 */
export interface Frame {
  readonly type: string;
  /** Counts the messages of one direction, from 0. */
  readonly sequence: number;
  /** A UUID. */
  readonly id: string;
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

const at = {
  type: 4,
  schema: 36,
  created: 40,
  sequence: 48,
  flags: 56,
  id: 64,
  digest: 80,
  payloadType: 112,
  payloadLength: 116,
} as const;
const typeLength = 32;
const headerLength = 116;
/** AWS: an acknowledgement is the first and the last message of its stream. */
const acknowledgementFlags = 3n;

/** Writes a frame. @param createdAt epoch ms. */
export async function encodeFrame(frame: Frame, createdAt: number): Promise<Uint8Array<ArrayBuffer>> {
  const { type, sequence, id, payloadType, payload } = frame;
  const bytes = new Uint8Array(headerLength + 4 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headerLength);
  bytes.set(new TextEncoder().encode(type.padEnd(typeLength)), at.type);
  view.setUint32(at.schema, 1);
  view.setBigUint64(at.created, BigInt(createdAt));
  view.setBigInt64(at.sequence, BigInt(sequence));
  view.setBigUint64(at.flags, type === "acknowledge" ? acknowledgementFlags : 0n);
  const hex = id.replaceAll("-", "");
  // AWS: the halves of the id are swapped.
  const swapped = hex.slice(16) + hex.slice(0, 16);
  for (let i = 0; i < 16; i++) bytes[at.id + i] = Number.parseInt(swapped.slice(2 * i, 2 * i + 2), 16);
  const hash = new Sha256Js();
  hash.update(payload);
  bytes.set(await hash.digest(), at.digest);
  view.setUint32(at.payloadType, payloadType);
  view.setUint32(at.payloadLength, payload.length);
  bytes.set(payload, headerLength + 4);
  return bytes;
}

/** Reads a frame; `undefined` for what is none. The connection vouches for its bytes: the digest is not looked at. */
export function decodeFrame(buffer: ArrayBuffer): Frame | undefined {
  const view = new DataView(buffer);
  if (buffer.byteLength < headerLength + 4) return undefined;
  const header = view.getUint32(0);
  if (header < headerLength || buffer.byteLength < header + 4) return undefined;
  if (buffer.byteLength !== header + 4 + view.getUint32(header)) return undefined;
  const hex = [...new Uint8Array(buffer, at.id, 16)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const id = hex.slice(16) + hex.slice(0, 16);
  return {
    type: new TextDecoder("latin1")
      .decode(new Uint8Array(buffer, at.type, typeLength))
      .replace(/[\0 ]+$/, ""),
    sequence: Number(view.getBigInt64(at.sequence)),
    id: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    payloadType: view.getUint32(at.payloadType),
    payload: new Uint8Array(buffer, header + 4),
  };
}
