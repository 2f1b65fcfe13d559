import { isIPv4, isIPv6 } from "node:net";
import { encodeIpv6 } from "./ip-address.ts";
import { DnsNameError, encodeDnsName, parseDnsName } from "./name.ts";
import { encodeServiceParameters } from "./service-parameters.ts";

/** The numbers of record types that can be kept (IANA, "Resource Record (RR) TYPEs"). */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  SSHFP: 44,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  CAA: 257,
} as const satisfies Readonly<Record<string, number>>;

export type RecordType = keyof typeof recordTypes;

/** Whether a text names a type that can be kept. */
export function isRecordType(text: string): text is RecordType {
  return Object.hasOwn(recordTypes, text);
}

/** A value that its type does not allow: Route 53's name of the problem, and its explanation. */
export class RdataError extends Error {
  readonly problem: string;
  constructor(problem: string, explanation: string) {
    super(explanation);
    this.name = "RdataError";
    this.problem = problem;
  }
}

/**
 * A record's value as people write it (Route 53 Developer Guide, "Supported DNS record types") as it goes over the wire.
 * The names of problems are Route 53's where they are known (A, AAAA, MX, SRV, TXT, names); the others are ours.
 * @throws RdataError
 */
export function encodeRdata(type: RecordType, text: string): Buffer {
  try {
    return encoders[type](text);
  } catch (error) {
    if (error instanceof DnsNameError) throw new RdataError(error.problem, error.message);
    throw error;
  }
}

const encoders: Readonly<Record<RecordType, (text: string) => Buffer>> = {
  A(text) {
    if (!isIPv4(text)) throw new RdataError("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address");
    return Buffer.from(text.split(".").map(Number));
  },
  AAAA(text) {
    if (!isIPv6(text) || text.includes("%"))
      throw new RdataError("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address");
    return encodeIpv6(text);
  },
  NS: nameOf,
  CNAME: nameOf,
  PTR: nameOf,
  MX(text) {
    const [preference = "", exchange = ""] = fields("MX", text, 2);
    return Buffer.concat([number16("MX", preference), nameOf(exchange)]);
  },
  TXT: characterStrings,
  SPF: characterStrings,
  SRV(text) {
    const [priority = "", weight = "", port = "", target = ""] = fields("SRV", text, 4);
    return Buffer.concat([...[priority, weight, port].map((part) => number16("SRV", part)), nameOf(target)]);
  },
  SOA(text) {
    const [primary = "", mailbox = "", ...times] = fields("SOA", text, 7);
    return Buffer.concat([nameOf(primary), nameOf(mailbox), ...times.map((time) => number32("SOA", time))]);
  },
  CAA(text) {
    const [, flags = "", tag = "", value = ""] =
      /^(\d{1,3})\s+([A-Za-z0-9]{1,15})\s+(".*")$/.exec(text) ?? [];
    if (tag === "") throw new RdataError("CAARRDATAInvalid", 'Value should be: flags tag "value"');
    const [inner] = quoted(value);
    if (inner === undefined || quoted(value).length !== 1)
      throw new RdataError("CAARRDATAInvalid", "Value should hold one quoted text");
    return Buffer.concat([number8("CAA", flags), Buffer.of(tag.length), Buffer.from(tag, "latin1"), inner]);
  },
  NAPTR(text) {
    const [, order = "", preference = "", strings = "", replacement = ""] =
      /^(\d+)\s+(\d+)\s+("[^"]*"\s+"[^"]*"\s+"(?:[^"\\]|\\.)*")\s+(\S+)$/.exec(text) ?? [];
    if (replacement === "")
      throw new RdataError("NAPTRRRDATANotSixFields", "Value should contain six fields");
    return Buffer.concat([
      number16("NAPTR", order),
      number16("NAPTR", preference),
      characterStrings(strings),
      nameOf(replacement),
    ]);
  },
  DS(text) {
    const [tag = "", algorithm = "", digestType = "", digest = ""] = fields("DS", text, 4);
    return Buffer.concat([
      number16("DS", tag),
      number8("DS", algorithm),
      number8("DS", digestType),
      hex("DS", digest),
    ]);
  },
  SSHFP(text) {
    const [algorithm = "", kind = "", print = ""] = fields("SSHFP", text, 3);
    return Buffer.concat([number8("SSHFP", algorithm), number8("SSHFP", kind), hex("SSHFP", print)]);
  },
  TLSA(text) {
    const [usage = "", selector = "", matching = "", data = ""] = fields("TLSA", text, 4);
    return Buffer.concat([
      ...[usage, selector, matching].map((part) => number8("TLSA", part)),
      hex("TLSA", data),
    ]);
  },
  SVCB: serviceBinding,
  HTTPS: serviceBinding,
};

function nameOf(text: string): Buffer {
  return encodeDnsName(parseDnsName(text));
}

const inWords = ["no", "one", "Two", "Three", "Four", "Five", "Six", "Seven"];

function fields(type: RecordType, text: string, count: number): readonly string[] {
  const found = text.trim().split(/\s+/);
  if (found.length === count) return found;
  const word = inWords[count] ?? String(count);
  throw new RdataError(`${type}RRDATANot${word}Fields`, `Value should contain ${word.toLowerCase()} fields`);
}

function number(type: RecordType, text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new RdataError(`${type}RRDATAInvalidNumber`, `Value should contain a number from 0 to ${most}`);
}

const number8 = (type: RecordType, text: string): Buffer => Buffer.of(number(type, text, 0xff));

function number16(type: RecordType, text: string): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(number(type, text, 0xffff));
  return out;
}

function number32(type: RecordType, text: string): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(number(type, text, 0xffff_ffff));
  return out;
}

function hex(type: RecordType, text: string): Buffer {
  if (/^([0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, "hex");
  throw new RdataError(`${type}RRDATAInvalidHexadecimal`, "Value should end in hexadecimal digits");
}

/** One or more quoted strings, each up to 255 octets. */
function characterStrings(text: string): Buffer {
  return Buffer.concat(
    quoted(text).flatMap((string) => {
      if (string.length > 255) throw new RdataError("CharacterStringTooLong", "Value is too long");
      return [Buffer.of(string.length), string];
    }),
  );
}

/** The texts between quotation marks; octets also as `\ooo`, a quotation mark as `\"`. */
function quoted(text: string): readonly Buffer[] {
  const strings: Buffer[] = [];
  const pattern = /\s*"((?:[^"\\]|\\.)*)"/sy;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    end = pattern.lastIndex;
    strings.push(unescaped(match[1] ?? ""));
  }
  if (strings.length === 0 || text.slice(end).trim() !== "")
    throw new RdataError("InvalidCharacterString", "Value should be enclosed in quotation marks");
  return strings;
}

function unescaped(text: string): Buffer {
  const parts = text.split(/(\\[0-3][0-7]{2}|\\.)/s).map((part) => {
    if (!part.startsWith("\\")) return Buffer.from(part, "utf8");
    const octal = /^\\([0-7]{3})$/.exec(part)?.[1];
    return octal === undefined ? Buffer.from(part.slice(1), "utf8") : Buffer.of(Number.parseInt(octal, 8));
  });
  return Buffer.concat(parts);
}

/** RFC 9460, 2.1: priority, target, parameters. */
function serviceBinding(text: string): Buffer {
  const [, priority = "", target = "", parameters = ""] =
    /^(\d+)\s+(\S+)(?:\s+(.*))?$/s.exec(text.trim()) ?? [];
  if (target === "") throw new RdataError("SVCBRRDATAInvalid", "Value should be: priority target parameters");
  try {
    return Buffer.concat([number16("SVCB", priority), nameOf(target), encodeServiceParameters(parameters)]);
  } catch (error) {
    if (error instanceof RangeError) throw new RdataError("SVCBRRDATAInvalid", error.message);
    throw error;
  }
}
