/** The sixteen octets of an IPv6 address that `isIPv6` has let pass. */
export function encodeIpv6(text: string): Buffer {
  const [, before = text, dotted] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const tail = dotted === undefined ? [] : words(dotted.split(".").map(Number));
  const [left = "", right] = before.replace(/(?<!:):$/, "").split("::");
  const groups = (part: string): number[] =>
    part
      .split(":")
      .filter((group) => group !== "")
      .map((group) => Number.parseInt(group, 16));
  const head = groups(left);
  const end = [...groups(right ?? ""), ...tail];
  const out = Buffer.alloc(16);
  for (const [i, group] of head.entries()) out.writeUInt16BE(group, 2 * i);
  const from = right === undefined && dotted === undefined ? head.length : 8 - end.length;
  for (const [i, group] of end.entries()) out.writeUInt16BE(group, 2 * (from + i));
  return out;
}

function words([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number[] {
  return [a * 256 + b, c * 256 + d];
}
