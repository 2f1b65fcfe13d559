import { createSocket } from "node:dgram";
import { createConnection, isIPv6 } from "node:net";
import packet from "dns-packet";
import { boundedCache } from "../../kernel/bounded-cache.ts";
import type { Clock } from "../../kernel/clock.ts";
import { DnsNameError, parseDnsName } from "../../kernel/dns/name.ts";
import { second } from "../../kernel/duration.ts";
import type { Random } from "../../kernel/random.ts";
import type { Question } from "./known-names.ts";
import { type Answer, type AnswerRecord, encodeQuestion, type Rcode, rcodes } from "./message.ts";

/** Asks other name servers what is not known here. */
export interface Forwarder {
  /** Answers SERVFAIL when nobody answers, or too much is asked at once. */
  ask(question: Question): Promise<Answer>;
}

export interface ForwarderPorts {
  /** Addresses of name servers, `192.0.2.1` or `[2001:db8::1]:5353`, as `dns.getServers()` writes them. */
  servers(): readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/** How long one server has to answer, in ms, and how often servers are asked. */
const patience = 2 * second;
const attempts = 3;
/** Questions that are under way at once. */
const mostAtOnce = 256;
/** Answers that are remembered, and for how long at most, in ms. */
const mostRemembered = 4096;
const longestMemory = 300 * second;
/** How long it is remembered that there is nothing, where nobody says how long (RFC 2308, 5), in ms. */
const absentFor = 30 * second;

const servfail: Answer = { rcode: "SERVFAIL", authoritative: false, answers: [], authority: [] };

/** Makes a forwarder: equal questions are asked once, answers remembered as long as their records say. */
export function createForwarder(ports: ForwarderPorts): Forwarder {
  const remembered = boundedCache<{ readonly answer: Answer; readonly at: number; readonly until: number }>(
    mostRemembered,
  );
  const underWay = new Map<string, Promise<Answer>>();

  async function fetch(question: Question, key: string): Promise<Answer> {
    const answer = await askServers(ports, question);
    if (answer === undefined) return servfail;
    const now = ports.clock.now();
    const lifetime = memoryOf(answer);
    if (lifetime > 0) remembered.set(key, { answer, at: now, until: now + lifetime });
    return answer;
  }

  return {
    async ask(question) {
      const key = `${question.type} ${question.name}`;
      const known = remembered.get(key);
      const now = ports.clock.now();
      if (known !== undefined && now < known.until) return aged(known.answer, now - known.at);
      const same = underWay.get(key);
      if (same !== undefined) return same;
      if (underWay.size >= mostAtOnce) return servfail;
      const asked = fetch(question, key).finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return asked;
    },
  };
}

function memoryOf({ rcode, answers, authority }: Answer): number {
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") return 0;
  const ttls = (answers.length > 0 ? answers : authority).map(({ ttl }) => ttl * second);
  return Math.min(longestMemory, ...(ttls.length > 0 ? ttls : [absentFor]));
}

/** What is left of the records' time. */
function aged(answer: Answer, ms: number): Answer {
  const seconds = Math.floor(ms / second);
  const older = (records: readonly AnswerRecord[]): readonly AnswerRecord[] =>
    records.map((record) => ({ ...record, ttl: Math.max(0, record.ttl - seconds) }));
  return { ...answer, answers: older(answer.answers), authority: older(answer.authority) };
}

async function askServers(ports: ForwarderPorts, question: Question): Promise<Answer | undefined> {
  const servers = ports.servers().map(addressOf);
  for (let i = 0; i < attempts && servers.length > 0; i++) {
    const server = servers[i % servers.length];
    if (server === undefined) break;
    const id = ports.random.bytes(2).readUInt16BE();
    const message = encodeQuestion(id, question);
    try {
      const reply = await overDatagram(server, message);
      const whole = ((reply[2] ?? 0) & 0x02) === 0 ? reply : await overStream(server, message);
      const answer = readReply(whole, id, question);
      if (answer !== undefined && answer.rcode !== "SERVFAIL" && answer.rcode !== "REFUSED") return answer;
    } catch {
      // The next server, or the same once more.
    }
  }
  return undefined;
}

interface Server {
  readonly host: string;
  readonly port: number;
}

function addressOf(text: string): Server {
  const [, bracketed, port] = /^\[(.+)\]:(\d+)$/.exec(text) ?? /^([\d.]+):(\d+)$/.exec(text) ?? [];
  return bracketed === undefined ? { host: text, port: 53 } : { host: bracketed, port: Number(port) };
}

/** From a port of its own, so that nobody can answer in the server's place without guessing port and id. */
function overDatagram({ host, port }: Server, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    const timer = setTimeout(() => end(new Error("no answer in time")), patience);
    const end = (error: Error | undefined, reply?: Buffer): void => {
      clearTimeout(timer);
      socket.close();
      if (reply !== undefined) resolve(reply);
      else reject(error);
    };
    socket.once("error", (error) => end(error));
    socket.on("message", (reply) => {
      if (reply.length >= 12 && reply.readUInt16BE(0) === message.readUInt16BE(0)) end(undefined, reply);
    });
    socket.connect(port, host, () => socket.send(message));
  });
}

function overStream({ host, port }: Server, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: patience });
    const chunks: Buffer[] = [];
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("timeout", () => fail(new Error("no answer in time")));
    socket.once("end", () => fail(new Error("no whole answer")));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      socket.destroy();
      resolve(all.subarray(2, 2 + all.readUInt16BE(0)));
    });
    const size = Buffer.alloc(2);
    size.writeUInt16BE(message.length);
    socket.write(Buffer.concat([size, message]));
  });
}

/** Reads what a server answered; `undefined` when it is no answer to the question. */
function readReply(message: Buffer, id: number, question: Question): Answer | undefined {
  const reply = packet.decode(message);
  const [asked] = reply.questions ?? [];
  if (reply.id !== id || asked === undefined || nameOf(asked.name) !== question.name) return undefined;
  const code = (Object.keys(rcodes) as Rcode[]).find(
    (known) => rcodes[known] === (message.readUInt16BE(2) & 0xf),
  );
  return {
    rcode: code ?? "SERVFAIL",
    authoritative: false,
    answers: (reply.answers ?? []).flatMap(recordOf),
    authority: (reply.authorities ?? []).flatMap(recordOf).filter(({ type }) => type === soaType),
  };
}

const soaType = 6;
const headerSize = 12;

/** A record with its names written out: those of an answer point into the message that it came in. */
function recordOf(answer: packet.Answer): readonly AnswerRecord[] {
  const name = nameOf(answer.name);
  if (answer.type === "OPT" || name === undefined || !("data" in answer)) return [];
  const whole = packet.encode({ type: "response", answers: [answer] });
  let nameEnd = headerSize;
  for (let size = whole[nameEnd] ?? 0; size > 0; size = whole[nameEnd] ?? 0) nameEnd += size + 1;
  nameEnd++;
  return [
    {
      name,
      type: whole.readUInt16BE(nameEnd),
      ttl: whole.readUInt32BE(nameEnd + 4),
      rdata: whole.subarray(nameEnd + 10),
    },
  ];
}

function nameOf(text: string): string | undefined {
  try {
    return parseDnsName(text === "" ? "." : text);
  } catch (error) {
    if (error instanceof DnsNameError) return undefined;
    throw error;
  }
}
