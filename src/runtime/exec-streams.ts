import { Duplex } from "node:stream";

/**
 * Many streams of bytes over one: version 1 of smux, which AWS's session-manager-plugin and agent speak to forward
 * ports. Each frame has a header of eight bytes (version, command, length and number of the stream, little-endian).
 */
const version = 1;
const commands = { open: 0, end: 1, data: 2, nothing: 3 } as const;
const headerLength = 8;
/** smux: the most data of one frame that is sent, in bytes; its length has two bytes. */
const longestFrame = 32 * 1024;
/** smux: what may wait to be read, of all streams together, in bytes: until then nothing more is taken. */
const mostWaiting = 4 * 1024 * 1024;
/** Streams at once. Ours. */
const mostStreams = 1_000;

type Done = (error?: Error | null) => void;

/** Who of the two sides has opened the connection: it numbers its streams oddly. */
export type StreamsSide = "client" | "server";

/**
 * One side of the connection. It is a stream itself, of frames: what comes from the other side is written to it, what is
 * read of it goes there. A stream whose other side has ended reads to its end, and what is written to it is lost, as
 * smux has no half of an end.
 */
export class ExecStreams extends Duplex {
  readonly #streams = new Map<number, OneStream>();
  readonly #onStream: (stream: Duplex) => void;
  readonly #side: StreamsSide;
  #next: number;
  #waiting = 0;
  /** What has come of a frame that is not yet whole. */
  #begun: Buffer = Buffer.alloc(0);
  /** Takes more frames, once enough of what has come was read. */
  #goOn: Done | undefined;
  /** Writers that wait for the frames to be read. */
  #held: (() => void)[] = [];

  /** @param onStream is given each stream that the other side opens. */
  constructor(side: StreamsSide, onStream: (stream: Duplex) => void = (stream) => void stream.destroy()) {
    super();
    this.#side = side;
    this.#onStream = onStream;
    this.#next = side === "client" ? 3 : 2;
  }

  /** Opens a stream. The other side has no way to refuse it but by its end. */
  open(): Duplex {
    const number = this.#next;
    this.#next += 2;
    const stream = this.#add(number);
    if (this.destroyed) stream.lose();
    this.#send(commands.open, number);
    return stream;
  }

  override _read(): void {
    for (const done of this.#held.splice(0)) done();
  }

  override _write(bytes: Buffer, _encoding: string, done: Done): void {
    const came = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    let at = 0;
    while (came.length - at >= headerLength) {
      const length = came.readUInt16LE(at + 2);
      // An offer of a window would have eight bytes: it is of version 2.
      if (came[at] !== version || (came[at + 1] ?? 255) > commands.nothing) {
        done(new Error("what came is no frame of smux"));
        return;
      }
      const end = at + headerLength + length;
      if (came.length < end) break;
      this.#take(came[at + 1] ?? 0, came.readUInt32LE(at + 4), came.subarray(at + headerLength, end));
      at = end;
    }
    this.#begun = Buffer.from(came.subarray(at));
    if (this.#waiting < mostWaiting) done();
    else this.#goOn = done;
  }

  override _final(done: Done): void {
    this.#endAll();
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#endAll();
    for (const held of this.#held.splice(0)) held();
    done(error);
  }

  #endAll(): void {
    for (const stream of [...this.#streams.values()]) stream.lose();
  }

  #add(number: number): OneStream {
    const stream = new OneStream({
      send: (bytes, done) => {
        for (let at = 0; at < bytes.length; at += longestFrame) {
          this.#send(commands.data, number, bytes.subarray(at, at + longestFrame));
        }
        this.#afterRead(done);
      },
      end: () => {
        this.#streams.delete(number);
        this.#send(commands.end, number);
      },
      forget: () => this.#streams.delete(number),
      waits: (change) => this.#waits(change),
    });
    this.#streams.set(number, stream);
    return stream;
  }

  #take(command: number, number: number, data: Buffer): void {
    const stream = this.#streams.get(number);
    if (command === commands.data) stream?.bring(Buffer.from(data));
    else if (command === commands.end) stream?.ended();
    else if (command === commands.nothing) {
      // Older clients count a connection as dead on which they hear nothing for half a minute.
      if (this.#side === "server") this.#send(commands.nothing, 0);
    } else if (stream === undefined) {
      if (this.#streams.size < mostStreams) this.#onStream(this.#add(number));
      else this.#send(commands.end, number);
    }
  }

  #waits(change: number): void {
    this.#waiting += change;
    if (this.#waiting >= mostWaiting) return;
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  #send(command: number, number: number, data: Buffer = Buffer.alloc(0)): void {
    if (this.destroyed || this.readableEnded) return;
    const frame = Buffer.alloc(headerLength + data.length);
    frame[0] = version;
    frame[1] = command;
    frame.writeUInt16LE(data.length, 2);
    frame.writeUInt32LE(number, 4);
    data.copy(frame, headerLength);
    this.push(frame);
  }

  #afterRead(done: () => void): void {
    if (this.destroyed || this.readableLength < this.readableHighWaterMark) done();
    else this.#held.push(done);
  }
}

/**
 * Leads a stream and a connection into each other. AWS: the end of either is the end of both, after what was sent.
 */
export function joinEnds(stream: Duplex, outside: Duplex): void {
  outside.on("error", () => outside.destroy());
  outside.once("finish", () => outside.destroy());
  outside.once("close", () => {
    stream.end();
    stream.resume();
  });
  stream.once("close", () => outside.end());
  if (stream.destroyed) outside.destroy();
  stream.pipe(outside);
  outside.pipe(stream);
}

/** What a stream asks of the connection that carries it. */
interface Carrier {
  send(bytes: Buffer, done: () => void): void;
  /** Tells the other side that it is over. */
  end(): void;
  forget(): void;
  /** So many bytes more wait to be read, or fewer. */
  waits(change: number): void;
}

/** One stream of many. */
class OneStream extends Duplex {
  readonly #carrier: Carrier;
  /** What has come and was not asked for yet. */
  readonly #came: Buffer[] = [];
  #asked = false;
  /** Whether the other side has ended it, or is gone. */
  #over = false;
  /** Whether the end was told. */
  #told = false;

  constructor(carrier: Carrier) {
    super();
    this.#carrier = carrier;
  }

  /** The other side has sent some of it. */
  bring(bytes: Buffer): void {
    if (this.destroyed || this.#told) return;
    this.#carrier.waits(bytes.length);
    this.#came.push(bytes);
    this.#give();
  }

  /** The other side has ended it. */
  ended(): void {
    this.#over = true;
    this.#give();
  }

  /** There is no connection any more. */
  lose(): void {
    this.#told = true;
    this.#carrier.forget();
    this.ended();
  }

  override _read(): void {
    this.#asked = true;
    this.#give();
  }

  override _write(bytes: Buffer, _encoding: string, done: Done): void {
    if (this.#over) done();
    else this.#carrier.send(bytes, done);
  }

  override _final(done: Done): void {
    this.#tell();
    // What comes from now on is nobody's: the other side has taken the end for both directions.
    this.ended();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#tell();
    this.#carrier.waits(-this.#came.splice(0).reduce((sum, { length }) => sum + length, 0));
    done(error);
  }

  #give(): void {
    while (this.#asked && this.#came.length > 0) {
      const bytes = this.#came.shift() ?? Buffer.alloc(0);
      this.#carrier.waits(-bytes.length);
      this.#asked = this.push(bytes);
    }
    if (this.#over && this.#came.length === 0 && !this.readableEnded) this.push(null);
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    this.#carrier.end();
  }
}
