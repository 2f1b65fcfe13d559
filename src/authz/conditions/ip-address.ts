import { never, type Operator, withNegation } from "./operator.ts";

/**
 * `IpAddress` and `NotIpAddress` (IAM User Guide, "IP address condition operators"): IPv4 and IPv6 addresses or
 * CIDR networks. A request value that is no address fails both (recorded on AWS).
 */
export const ipAddressOperators: readonly (readonly [string, Operator])[] = withNegation(
  "IpAddress",
  "NotIpAddress",
  {
    comparable: (requestValue) => readAddress(requestValue) !== undefined,
    compile(policyValue) {
      const network = readNetwork(policyValue);
      if (network === undefined) return never;
      return (requestValue) => {
        const address = readAddress(requestValue);
        if (address === undefined || address.bits !== network.bits) return false;
        return address.value >> network.shift === network.value >> network.shift;
      };
    },
  },
);

interface Address {
  /** 32 or 128. */
  readonly bits: number;
  readonly value: bigint;
}

interface Network extends Address {
  /** How many low bits the prefix leaves free. */
  readonly shift: bigint;
}

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32`, or an address alone (the network of just that address).
 * AWS: host bits beside the prefix are ignored in IPv4, while an IPv6 network that has them matches nothing.
 */
export function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const address = readLiteral(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const suffix = slash < 0 ? String(address.bits) : text.slice(slash + 1);
  if (!/^\+?\d{1,4}$/.test(suffix) || Number(suffix) > address.bits) return undefined;
  const shift = BigInt(address.bits - Number(suffix));
  if (address.bits === 128 && (address.value >> shift) << shift !== address.value) return undefined;
  return { ...address, shift };
}

/** Reads the address of a request: an IPv4 address mapped into IPv6 counts as IPv4. */
function readAddress(text: string): Address | undefined {
  const address = readLiteral(text);
  if (address?.bits === 128 && address.value >> 32n === 0xffffn)
    return { bits: 32, value: address.value & 0xffffffffn };
  return address;
}

function readLiteral(text: string): Address | undefined {
  if (text.length > 64) return undefined;
  const value = text.includes(":") ? readV6(text) : readV4(text);
  return value === undefined ? undefined : { bits: text.includes(":") ? 128 : 32, value };
}

function readV4(text: string): bigint | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let value = 0n;
  for (const octet of octets) {
    if (!/^\d{1,4}$/.test(octet) || Number(octet) > 255) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value;
}

/** RFC 4291, section 2.2, with `::` once at most and the last 32 bits dotted if the writer likes. */
function readV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (head === undefined) return undefined;
  const left = readGroups(head, tail === undefined);
  const right = tail === undefined ? [] : readGroups(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array<number>(missing).fill(0), ...right].reduce(
    (sum, g) => (sum << 16n) | BigInt(g),
    0n,
  );
}

function readGroups(groups: readonly string[], mayEndDotted: boolean): number[] | undefined {
  const values: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (mayEndDotted && i === groups.length - 1 && group.includes(".")) {
      const v4 = readV4(group);
      if (v4 === undefined) return undefined;
      values.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) values.push(Number.parseInt(group, 16));
    else return undefined;
  }
  return values;
}
