/**
 * `count` blocks of `bits` host bits each, one after the other, from the start of an IPv4 block (CloudFormation User
 * Guide, "Fn::Cidr"); `undefined` when they do not fit.
 */
export function subnetBlocks(block: string, count: number, bits: number): readonly string[] | undefined {
  const [, address = "", length = ""] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(block) ?? [];
  const prefix = Number(length);
  const octets = address.split(".").map(Number);
  if (address === "" || octets.some((octet) => octet > 255) || prefix > 32) return undefined;
  if (!Number.isInteger(count) || count < 1 || count > 256) return undefined;
  if (!Number.isInteger(bits) || bits < 0 || bits > 32 - prefix || count > 2 ** (32 - prefix - bits))
    return undefined;
  const size = 2 ** (32 - prefix);
  const start = Math.floor(octets.reduce((sum, octet) => sum * 256 + octet, 0) / size) * size;
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * 2 ** bits;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join(".")}/${32 - bits}`;
  });
}
