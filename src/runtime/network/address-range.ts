/** An IPv4 range: its first address as a number, and the length of its prefix. */
export interface AddressRange {
  readonly first: number;
  readonly length: number;
}

/** Reads `172.31.0.0/16`. Throws `RangeError` for what is no range. */
export function parseRange(text: string): AddressRange {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const parts = match?.slice(1).map(Number) ?? [];
  const [a = 256, b = 256, c = 256, d = 256, length = 33] = parts;
  if (Math.max(a, b, c, d) > 255 || length > 32) throw new RangeError(`not an address range: ${text}`);
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return { first: (address & maskOf(length)) >>> 0, length };
}

/** Whether all of one range lies in another. */
export const contains = (outer: AddressRange, inner: AddressRange): boolean =>
  inner.length >= outer.length && (inner.first & maskOf(outer.length)) >>> 0 === outer.first;

/** The range's `index`th address: 1 is the router's, as in every subnet of AWS. */
export function addressIn({ first }: AddressRange, index: number): string {
  const address = (first + index) >>> 0;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

const maskOf = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0);
