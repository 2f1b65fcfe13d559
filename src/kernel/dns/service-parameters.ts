import { isIPv4, isIPv6 } from "node:net";
import { encodeIpv6 } from "./ip-address.ts";

/** The keys of service parameters (RFC 9460, 14.3.2). */
const keys: Readonly<Record<string, number>> = {
  mandatory: 0,
  alpn: 1,
  "no-default-alpn": 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
};

/**
 * Service parameters as people write them (`alpn="h2,h3" port=443`) as they go over the wire: in the order of their keys,
 * each once (RFC 9460, 2.2).
 * @throws RangeError with what is wrong.
 */
export function encodeServiceParameters(text: string): Buffer {
  const found = new Map<number, Buffer>();
  const pattern = /\s*([a-z0-9-]+)(?:=("(?:[^"\\]|\\.)*"|[^\s"]*))?(?=\s|$)/y;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    end = pattern.lastIndex;
    const [, name = "", given = ""] = match;
    const key = keyOf(name);
    if (found.has(key)) throw new RangeError(`The parameter ${name} is given twice`);
    found.set(key, encodedValue(key, name, given.replace(/^"(.*)"$/s, "$1")));
  }
  if (text.slice(end).trim() !== "") throw new RangeError("A parameter is not of the form key=value");
  const sorted = [...found].toSorted(([a], [b]) => a - b);
  return Buffer.concat(sorted.flatMap(([key, value]) => [word(key), word(value.length), value]));
}

function keyOf(name: string): number {
  const known = keys[name] ?? Number(/^key(\d{1,5})$/.exec(name)?.[1] ?? Number.NaN);
  if (known < 65_535) return known;
  throw new RangeError(`There is no parameter ${name}`);
}

function encodedValue(key: number, name: string, text: string): Buffer {
  const list = text.split(",");
  switch (key) {
    case 0:
      return Buffer.concat(
        list
          .map(keyOf)
          .toSorted((a, b) => a - b)
          .map(word),
      );
    case 1:
      if (list.some((id) => id === "" || id.length > 255)) throw new RangeError("alpn needs protocol names");
      return Buffer.concat(list.flatMap((id) => [Buffer.of(id.length), Buffer.from(id, "latin1")]));
    case 2:
      if (text !== "") throw new RangeError("no-default-alpn has no value");
      return Buffer.alloc(0);
    case 3:
      if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new RangeError("port is no port");
      return word(Number(text));
    case 4:
      if (!list.every((address) => isIPv4(address))) throw new RangeError("ipv4hint needs IPv4 addresses");
      return Buffer.from(list.flatMap((address) => address.split(".").map(Number)));
    case 5:
      return Buffer.from(text, "base64");
    case 6:
      if (!list.every((address) => isIPv6(address))) throw new RangeError("ipv6hint needs IPv6 addresses");
      return Buffer.concat(list.map(encodeIpv6));
    default:
      if (text.length > 1024) throw new RangeError(`The value of ${name} is too long`);
      return Buffer.from(text, "utf8");
  }
}

function word(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}
