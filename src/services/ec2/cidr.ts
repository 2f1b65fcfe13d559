import { invalidValue } from "./faults.ts";

/** A block of IPv4 addresses; addresses are numbers. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
  readonly size: number;
}

const block = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Reads a block, with the bits beyond its prefix cleared as EC2 does; `undefined` when it is none. */
export function readCidr(text: string): Cidr | undefined {
  const found = block.exec(text);
  if (found === null) return undefined;
  const address = addressNumber(text.slice(0, text.indexOf("/")));
  const prefix = Number(found[5]);
  if (address === undefined || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  return { base: Math.floor(address / size) * size, prefix, size };
}

/** Throws `InvalidParameterValue`. */
export function needCidr(parameter: string, text: string): Cidr {
  const cidr = readCidr(text);
  if (cidr === undefined) throw invalidValue(parameter, text, "This is not a valid CIDR block.");
  return cidr;
}

/** Reads a dotted address; `undefined` when it is none. */
export function addressNumber(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

export function cidrText({ base, prefix }: Cidr): string {
  return `${addressText(base)}/${prefix}`;
}

/** Whether `inner` lies wholly in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size;
}

/** AWS: the first four addresses of a subnet and the last are its own (VPC User Guide, "Subnet sizing"). */
const reservedAtStart = 4;
const reserved = reservedAtStart + 1;

/** How many addresses of a subnet interfaces may hold. */
export function usable({ size }: Cidr): number {
  return size - reserved;
}

/** Whether an interface may hold the address. */
export function isUsable({ base, size }: Cidr, address: number): boolean {
  return address >= base + reservedAtStart && address < base + size - 1;
}

/**
 * A free address: the first from a random place on, so that an address just given back is not the next one taken.
 * @param draw a number in [0, 1).
 */
export function freeAddress(cidr: Cidr, used: ReadonlySet<number>, draw: number): number | undefined {
  const count = usable(cidr);
  const start = Math.floor(draw * count);
  for (let i = 0; i < count; i++) {
    const address = cidr.base + reservedAtStart + ((start + i) % count);
    if (!used.has(address)) return address;
  }
  return undefined;
}
