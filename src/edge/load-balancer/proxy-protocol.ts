import { isIPv4, isIPv6 } from "node:net";

/** One end of a connection. */
export interface End {
  readonly address: string;
  readonly port: number;
}

const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/**
 * The header that goes before a connection's own bytes (The PROXY protocol, version 2, section 2.2): command PROXY,
 * both ends. Ends of different families are told as unknown.
 */
export function proxyHeader(transport: "tcp" | "udp", from: End, to: End): Buffer {
  const family =
    isIPv4(from.address) && isIPv4(to.address) ? 4 : isIPv6(from.address) && isIPv6(to.address) ? 6 : 0;
  const length = family === 4 ? 12 : family === 6 ? 36 : 0;
  const header = Buffer.alloc(16 + length);
  signature.copy(header);
  header[12] = 0x21;
  header[13] = family === 0 ? 0 : (family === 4 ? 0x10 : 0x20) | (transport === "tcp" ? 1 : 2);
  header.writeUInt16BE(length, 14);
  if (family === 0) return header;
  const size = family === 4 ? 4 : 16;
  bytesOf(from.address).copy(header, 16);
  bytesOf(to.address).copy(header, 16 + size);
  header.writeUInt16BE(from.port, 16 + 2 * size);
  header.writeUInt16BE(to.port, 18 + 2 * size);
  return header;
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const groups = (text = ""): number[] =>
    text === ""
      ? []
      : text.split(":").flatMap((part) => {
          if (!part.includes(".")) return [Number.parseInt(part, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
          return [(a << 8) | b, (c << 8) | d];
        });
  const front = groups(head);
  const back = groups(tail);
  const all =
    tail === undefined ? front : [...front, ...Array(8 - front.length - back.length).fill(0), ...back];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of all.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}
