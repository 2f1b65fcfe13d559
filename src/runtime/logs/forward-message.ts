/**
 * A message of the Fluentd forward protocol, version 1 ("Message Mode"): `[tag, EventTime, record]` in MessagePack.
 * @param at epoch ms
 */
export function forwardMessage(tag: string, at: number, record: Readonly<Record<string, string>>): Buffer {
  const members = Object.entries(record);
  return Buffer.concat([
    Buffer.of(0x93),
    text(tag),
    eventTime(at),
    // A map of fewer than sixteen members has its size in its first byte.
    Buffer.of(0x80 | members.length),
    ...members.flatMap(([name, value]) => [text(name), text(value)]),
  ]);
}

/** The extension type 0 of the protocol: seconds and nanoseconds. */
function eventTime(at: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes[0] = 0xd7;
  bytes.writeUInt32BE(Math.floor(at / 1000), 2);
  bytes.writeUInt32BE((at % 1000) * 1_000_000, 6);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  const head = Buffer.alloc(5);
  head[0] = 0xdb;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
