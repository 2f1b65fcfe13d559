import type { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import { minute, second } from "../../kernel/duration.ts";
import { uuid } from "../../kernel/ids.ts";
import type { TerminalSize } from "../../runtime/exec.ts";
import { decodeMessage, flagPayloads, payloadTypes } from "./agent-message.ts";
import type { ChannelCipher } from "./channel-cipher.ts";
import { EncryptionHandshake } from "./encryption-handshake.ts";
import {
  channelClosed,
  handshakeComplete,
  handshakeRequest,
  readHandshakeResponse,
  readSize,
} from "./handshake.ts";
import { type Delivered, type LinkOutput, MessageLink } from "./message-link.ts";
import type { DataChannelPorts, OpenedSession, SessionHost } from "./ports.ts";
import { checkLogGroup, SessionLog } from "./session-log.ts";
import type { SessionPlan } from "./session-plan.ts";
import { beginWork, type SessionWork } from "./session-work.ts";

/** AWS: a session without any data, either way, ends (Developer Guide: not changeable). */
const idleFor = 20 * minute;
/** Ours: how long a session whose socket broke waits for another. */
const resumesWithin = 5 * minute;
/** How long a client may take to answer what it is asked first. */
const handshakeWithin = 15 * second;
/** How long the last output waits to be acknowledged before the end is told. */
const settlesWithin = 5 * second;
/** A socket on which nothing was heard is asked for a sign of life, and given up when none comes. */
const askAfter = minute;
const giveUpAfter = 2 * minute;
/** AWS: how much output goes in one message, in bytes. */
const pieceLength = 1024;
/** How much input may wait for a program that reads none, in bytes; the client sends again what is not taken. */
const mostInput = 1024 * 1024;

/** Ours; AWS's words are not known. */
const idleText = "Your session timed out due to inactivity.";

/** AWS: what clients show when a session is encrypted. */
const encryptedText = "This session is encrypted using AWS KMS.";

type Phase = "new" | "asked" | "challenged" | "open" | "over";

/**
 * One session: a command in a container at one end, a client at the other, over as many sockets as it takes. The
 * numbering, what is under way and the command outlive a socket.
 */
export class DataChannel {
  readonly session: OpenedSession;
  readonly #ports: DataChannelPorts;
  readonly #host: SessionHost;
  readonly #plan: SessionPlan;
  readonly #link: MessageLink;
  readonly #over: () => void;
  #phase: Phase = "new";
  #socket: WebSocket | undefined;
  #encryption: EncryptionHandshake | undefined;
  #cipher: ChannelCipher | undefined;
  #clientVersion = "";
  #work: SessionWork | undefined;
  /** What was typed before there was anybody to read it. */
  #early: Buffer[] = [];
  #size: TerminalSize | undefined;
  #log: SessionLog | undefined;
  /** Shown as the session begins. */
  #notices: string[] = [];
  #ended: Promise<void> | undefined;
  // Times, epoch ms.
  #askedAt = 0;
  #activeAt: number;
  #detachedAt: number | undefined;
  #finishedAt: number | undefined;
  #heardAt: number;

  /** @param over hears that the session has ended. */
  constructor(
    ports: DataChannelPorts,
    session: OpenedSession,
    host: SessionHost,
    plan: SessionPlan,
    over: () => void,
  ) {
    this.#over = over;
    this.#ports = ports;
    this.session = session;
    this.#host = host;
    this.#plan = plan;
    this.#link = new MessageLink(() => uuid(ports.random));
    this.#activeAt = this.#now();
    this.#heardAt = this.#activeAt;
  }

  /** Goes on over a new socket; an older one is closed. @param early what has come over it already. */
  attach(socket: WebSocket, early: readonly RawData[] = []): void {
    const before = this.#socket;
    this.#socket = socket;
    this.#detachedAt = undefined;
    this.#heardAt = this.#now();
    before?.terminate();
    for (const sign of ["ping", "pong", "message"]) socket.on(sign, () => (this.#heardAt = this.#now()));
    socket.on("message", (data) => this.#hear(data));
    socket.on("close", () => this.#detach(socket));
    socket.on("error", () => socket.terminate());
    for (const data of early) this.#hear(data);
    if (this.#phase === "new") this.#guard(() => this.#ask());
    else this.#do(this.#link.reconnect(this.#now()));
    // It may have closed while its token was looked at.
    if (socket.readyState !== WebSocket.OPEN) this.#detach(socket);
  }

  /** Time has passed. To be called some times a second. */
  tick(): void {
    if (this.#phase === "over") return;
    const now = this.#now();
    this.#do(this.#link.tick(now));
    this.#settle();
    if (this.#phase === "asked" || this.#phase === "challenged") {
      if (now - this.#askedAt > handshakeWithin) void this.end("");
    }
    if (this.#link.isLost) void this.end("");
    else if (this.#detachedAt !== undefined && now - this.#detachedAt > resumesWithin) void this.end("");
    else if (now - this.#activeAt > idleFor) void this.end(idleText);
    const silence = now - this.#heardAt;
    if (silence > giveUpAfter) this.#socket?.terminate();
    else if (silence > askAfter && this.#socket?.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** Ends the session and its command. @param output what the client shows; nothing when empty. */
  end(output: string): Promise<void> {
    this.#ended ??= this.#end(output);
    return this.#ended;
  }

  async #end(output: string): Promise<void> {
    const runs = this.#work !== undefined && this.#finishedAt === undefined;
    this.#phase = "over";
    const { id } = this.session;
    const { random, books, client, log } = this.#ports;
    this.#sendFrame(channelClosed(id, uuid(random), this.#now(), output));
    this.#socket?.close(1000);
    const steps = [
      () => (runs ? this.#work?.end() : undefined),
      () => this.#log?.close(),
      () => client.invoke(books.end, { id }),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        log.error({ err: error, session: id }, "the end of a session");
      }
    }
    this.#work?.terminal.destroy();
    this.#over();
  }

  #now(): number {
    return this.#ports.clock.now();
  }

  /** What is awaited by nobody: what goes wrong unforeseen ends the session. */
  #guard(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#ports.log.error({ err: error, session: this.session.id }, "a session");
      void this.end("");
    });
  }

  #hear(data: RawData): void {
    const message = decodeMessage(bytesOf(data));
    // What is no message is dropped: its sender sends it again.
    if (message === undefined || this.#phase === "over") return;
    if (message.type === "input_stream_data" && this.#unread() > mostInput) return;
    this.#do(this.#link.receive(message, this.#now()));
    this.#settle();
  }

  /** How much of what was typed nobody has read yet, in bytes. */
  #unread(): number {
    if (this.#work !== undefined) return this.#work.terminal.writableLength;
    return this.#early.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  #detach(socket: WebSocket): void {
    if (this.#socket !== socket || this.#phase === "over") return;
    this.#socket = undefined;
    this.#detachedAt = this.#now();
    const { books, client } = this.#ports;
    this.#guard(() => client.invoke(books.disconnect, { id: this.session.id }));
  }

  #do({ frames, delivered }: LinkOutput): void {
    for (const frame of frames) this.#sendFrame(frame);
    for (const data of delivered) this.#take(data);
    const terminal = this.#work?.terminal;
    if (terminal?.isPaused() === true && !this.#link.isFull) terminal.resume();
  }

  #sendFrame(frame: Buffer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #send(payloadType: number, payload: Buffer): void {
    this.#do(this.#link.send(payloadType, payload, this.#now()));
  }

  #take({ payloadType, payload }: Delivered): void {
    if (payloadType === payloadTypes.handshakeResponse && this.#phase === "asked") {
      this.#guard(() => this.#answered(payload));
    } else if (payloadType === payloadTypes.encryptionChallengeResponse && this.#phase === "challenged") {
      this.#guard(() => this.#proved(payload));
    } else if (payloadType === payloadTypes.size) {
      this.#size = readSize(payload) ?? this.#size;
      this.#guard(() => this.#resize());
    } else if (payloadType === payloadTypes.flag) {
      if (payload.length === 4 && payload.readUInt32BE(0) === flagPayloads.terminateSession)
        void this.end("");
    } else if (payloadType === payloadTypes.output) this.#type(payload);
  }

  async #resize(): Promise<void> {
    if (this.#size !== undefined) await this.#work?.resize(this.#size);
  }

  #type(payload: Buffer): void {
    this.#activeAt = this.#now();
    const plain = this.#cipher === undefined ? payload : this.#cipher.decrypt(payload);
    if (plain === undefined) void this.end("");
    else if (this.#work === undefined) this.#early.push(Buffer.from(plain));
    else if (this.#work.terminal.writable) this.#work.terminal.write(plain);
  }

  /** Asks the client what it can, once it is known that the session may be logged as it must be. */
  async #ask(): Promise<void> {
    this.#phase = "asked";
    this.#askedAt = this.#now();
    const { log: logging, kmsKeyId } = this.#plan;
    const { role } = this.#host;
    if (logging !== undefined) {
      const check = await checkLogGroup(role, logging);
      if (!check.ok && check.refused !== undefined) return this.end(check.refused);
      if (!check.ok && check.warning !== undefined) this.#notices.push(check.warning);
      if (check.ok) this.#log = new SessionLog({ ...this.#ports, role }, logging.logGroup, this.session.id);
    }
    this.#send(payloadTypes.handshakeRequest, handshakeRequest(this.#plan, kmsKeyId));
  }

  async #answered(payload: Buffer): Promise<void> {
    const response = readHandshakeResponse(payload);
    if (response === undefined) return;
    if (response.refused !== "") return this.end(response.refused);
    this.#clientVersion = response.clientVersion;
    if (this.#plan.kmsKeyId === undefined) return this.#begin();
    this.#phase = "challenged";
    const ports = { ...this.#ports, role: this.#host.role };
    const begun = await EncryptionHandshake.begin(ports, this.session, response.encryptedKey);
    if (typeof begun === "string") return this.end(begun);
    this.#encryption = begun;
    this.#send(payloadTypes.encryptionChallengeRequest, begun.request);
  }

  async #proved(payload: Buffer): Promise<void> {
    this.#cipher = this.#encryption?.complete(payload);
    if (this.#cipher === undefined) return this.end("The client does not have the data key.");
    this.#notices.push(encryptedText);
    return this.#begin();
  }

  async #begin(): Promise<void> {
    this.#phase = "open";
    const took = this.#now() - this.#askedAt;
    this.#send(payloadTypes.handshakeComplete, handshakeComplete(took, this.#notices.join("\n")));
    try {
      this.#work = await beginWork(this.#host.container, this.#plan, {
        session: this.session.id,
        clientVersion: this.#clientVersion,
        unreachable: (error) => this.#tellUnreachable(error),
      });
    } catch (error) {
      return this.end(textOf(error));
    }
    if (this.#ended !== undefined) return this.#work.end();
    this.#read(this.#work.terminal);
    // Its size first: what was typed may show it.
    await this.#resize();
    for (const bytes of this.#early.splice(0)) this.#work.terminal.write(bytes);
  }

  /** AWS: the client says so of each connection that came to nothing. */
  #tellUnreachable(error: unknown): void {
    this.#ports.log.info({ session: this.session.id, why: textOf(error) }, "a port is not reached");
    const flag = Buffer.alloc(4);
    flag.writeUInt32BE(flagPayloads.connectToPortError);
    this.#send(payloadTypes.flag, flag);
  }

  #read(terminal: Duplex): void {
    terminal.on("data", (bytes: Buffer) => {
      this.#activeAt = this.#now();
      this.#log?.write(bytes);
      for (let from = 0; from < bytes.length; from += pieceLength) {
        const piece = bytes.subarray(from, from + pieceLength);
        this.#send(payloadTypes.output, this.#cipher?.encrypt(piece) ?? piece);
      }
      if (this.#link.isFull) terminal.pause();
    });
    terminal.on("error", () => terminal.destroy());
    for (const sign of ["end", "close"]) {
      terminal.once(sign, () => {
        this.#finishedAt ??= this.#now();
        this.#settle();
      });
    }
  }

  /** Tells the end of the command once the client has all of its output, or does not take it. */
  #settle(): void {
    if (this.#finishedAt === undefined) return;
    const waits = this.#detachedAt !== undefined || this.#now() - this.#finishedAt < settlesWithin;
    if (this.#link.isSettled || !waits) void this.end("");
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
