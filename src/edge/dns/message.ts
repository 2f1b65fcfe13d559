import { type DnsName, DnsNameError, encodeDnsName, nameOfLabels } from "../../kernel/dns/name.ts";

/** Response codes (RFC 1035, 4.1.1; RFC 6891 for BADVERS, whose upper bits travel in OPT). */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export type Rcode = keyof typeof rcodes;

/** A question as it was asked. */
export interface Query {
  readonly id: number;
  /** Canonical. */
  readonly name: DnsName;
  readonly type: number;
  readonly recursionDesired: boolean;
  /** The question's bytes as they came: answers repeat them, in the case in which the name was written (draft 0x20). */
  readonly question: Buffer;
  /** What the asker takes over UDP, in bytes; absent without EDNS. */
  readonly ednsSize?: number;
}

/** A message that is no question, and can be told so. */
export interface Malformed {
  readonly id: number;
  readonly rcode: Rcode;
}

/** A record of an answer. */
export interface AnswerRecord {
  readonly name: DnsName;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Buffer;
}

/** What is answered. */
export interface Answer {
  readonly rcode: Rcode;
  /** Whether a zone of ours says so. */
  readonly authoritative: boolean;
  readonly answers: readonly AnswerRecord[];
  readonly authority: readonly AnswerRecord[];
}

const header = 12;
const internetClass = 1;
const optType = 41;
/** The class that asks of any class. */
const anyClass = 255;

/**
 * Reads a message that should be a question. @returns `undefined` for what deserves no answer: too short to have one, or
 * an answer itself, which two servers could throw at each other for ever.
 */
export function readQuery(message: Buffer): Query | Malformed | undefined {
  if (message.length < header) return undefined;
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  if ((flags & 0x7800) !== 0) return { id, rcode: "NOTIMP" };
  const malformed: Malformed = { id, rcode: "FORMERR" };
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  if (questions !== 1 || answers !== 0 || authorities !== 0) return malformed;
  const labels: Buffer[] = [];
  const end = readLabels(message, header, labels);
  if (end === undefined || end + 4 > message.length) return malformed;
  const type = message.readUInt16BE(end);
  const asked = message.readUInt16BE(end + 2);
  const name = canonical(labels);
  if (name === undefined) return malformed;
  if (asked !== internetClass && asked !== anyClass) return { id, rcode: "REFUSED" };
  const edns = readOpt(message, end + 4, additionals ?? 0);
  if (edns === "malformed") return malformed;
  if (edns !== undefined && edns.version !== 0) return { id, rcode: "BADVERS" };
  return {
    id,
    name,
    type,
    recursionDesired: (flags & 0x0100) !== 0,
    question: message.subarray(header, end + 4),
    ...(edns !== undefined && { ednsSize: edns.size }),
  };
}

/** Where the name ends. A question's name is never compressed: there is nothing before it to point to. */
function readLabels(message: Buffer, from: number, labels: Buffer[]): number | undefined {
  let at = from;
  for (;;) {
    const size = message[at];
    if (size === undefined || size > 63 || at - from > 255) return undefined;
    at++;
    if (size === 0) return at;
    if (at + size > message.length) return undefined;
    labels.push(message.subarray(at, at + size));
    at += size;
  }
}

function canonical(labels: readonly Buffer[]): DnsName | undefined {
  try {
    return nameOfLabels(labels);
  } catch (error) {
    if (error instanceof DnsNameError) return undefined;
    throw error;
  }
}

interface Edns {
  readonly size: number;
  readonly version: number;
}

/** The OPT record among the additional ones (RFC 6891); others (TSIG, padding) are passed over. */
function readOpt(message: Buffer, from: number, count: number): Edns | "malformed" | undefined {
  if (count > 8) return "malformed";
  let at = from;
  let found: Edns | undefined;
  for (let i = 0; i < count; i++) {
    const end = readLabels(message, at, []);
    if (end === undefined || end + 10 > message.length) return "malformed";
    const type = message.readUInt16BE(end);
    if (type === optType) {
      if (found !== undefined || end !== at + 1) return "malformed";
      found = { size: message.readUInt16BE(end + 2), version: message[end + 5] ?? 0 };
    }
    at = end + 10 + message.readUInt16BE(end + 8);
    if (at > message.length) return "malformed";
  }
  return found;
}

/** What UDP carries without being cut to pieces (DNS flag day 2020), and without EDNS (RFC 1035). */
const largestDatagram = 1232;
const smallestDatagram = 512;

/** How many bytes an answer to a query over UDP may have. */
export function datagramLimit({ ednsSize }: Query): number {
  if (ednsSize === undefined) return smallestDatagram;
  return Math.max(smallestDatagram, Math.min(ednsSize, largestDatagram));
}

/** The records of an answer as bytes, to be put behind the question of any query for the same name and type. */
export interface EncodedAnswer {
  readonly flags: number;
  readonly answerCount: number;
  readonly authorityCount: number;
  readonly records: Buffer;
}

/** Encodes what follows the question. Records of the name that was asked for point to it. */
export function encodeAnswer(name: DnsName, answer: Answer, recursion: boolean): EncodedAnswer {
  const records = [...answer.answers, ...answer.authority].flatMap((record) => {
    const fixed = Buffer.allocUnsafe(10);
    fixed.writeUInt16BE(record.type, 0);
    fixed.writeUInt16BE(internetClass, 2);
    fixed.writeUInt32BE(record.ttl, 4);
    fixed.writeUInt16BE(record.rdata.length, 8);
    return [record.name === name ? questionPointer : encodeDnsName(record.name), fixed, record.rdata];
  });
  return {
    flags:
      0x8000 | (answer.authoritative ? 0x0400 : 0) | (recursion ? 0x0080 : 0) | (rcodes[answer.rcode] & 0xf),
    answerCount: answer.answers.length,
    authorityCount: answer.authority.length,
    records: Buffer.concat(records),
  };
}

const questionPointer = Buffer.of(0xc0, header);

/** The whole message. What is larger than the limit is told to be asked again over TCP (TC). */
export function writeAnswer(query: Query, encoded: EncodedAnswer, limit: number): Buffer {
  const { question } = query;
  const opt = query.ednsSize === undefined ? 0 : 11;
  const whole = header + question.length + encoded.records.length + opt;
  const cut = whole > limit;
  const message = Buffer.allocUnsafe(cut ? whole - encoded.records.length : whole);
  message.writeUInt16BE(query.id, 0);
  message.writeUInt16BE(encoded.flags | (query.recursionDesired ? 0x0100 : 0) | (cut ? 0x0200 : 0), 2);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(cut ? 0 : encoded.answerCount, 6);
  message.writeUInt16BE(cut ? 0 : encoded.authorityCount, 8);
  message.writeUInt16BE(opt === 0 ? 0 : 1, 10);
  question.copy(message, header);
  let at = header + question.length;
  if (!cut) at += encoded.records.copy(message, at);
  if (opt > 0) writeOpt(message, at, 0);
  return message;
}

function writeOpt(message: Buffer, at: number, extendedCode: number): void {
  message[at] = 0;
  message.writeUInt16BE(optType, at + 1);
  message.writeUInt16BE(largestDatagram, at + 3);
  message[at + 5] = extendedCode;
  message.fill(0, at + 6, at + 11);
}

/** The answer to what is no question: a header, and OPT where the code needs it. */
export function writeMalformed({ id, rcode }: Malformed): Buffer {
  const code = rcodes[rcode];
  const extended = code > 0xf;
  const message = Buffer.alloc(header + (extended ? 11 : 0));
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(0x8000 | (code & 0xf), 2);
  if (extended) {
    message.writeUInt16BE(1, 10);
    writeOpt(message, header, code >> 4);
  }
  return message;
}

/** An answer without records. */
export function bare(rcode: Rcode): Answer {
  return { rcode, authoritative: false, answers: [], authority: [] };
}

/** A question as it is asked of another server, with EDNS. */
export function encodeQuestion(id: number, { name, type }: Pick<Query, "name" | "type">): Buffer {
  const encoded = encodeDnsName(name);
  const message = Buffer.alloc(header + encoded.length + 4 + 11);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(0x0100, 2);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(1, 10);
  encoded.copy(message, header);
  message.writeUInt16BE(type, header + encoded.length);
  message.writeUInt16BE(internetClass, header + encoded.length + 2);
  writeOpt(message, header + encoded.length + 4, 0);
  return message;
}
