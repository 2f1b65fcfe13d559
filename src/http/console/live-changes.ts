import type { IncomingMessage, ServerResponse } from "node:http";
import type { LiveChange } from "../../dispatch/live-change.ts";
import type { WireDoor } from "../../dispatch/wire-door.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import { minute, second } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import { globalRegion } from "../../kernel/region.ts";
import { type Asker, answerJson, askerOf } from "./signed-request.ts";

/** Where live pages hear of changes. */
export const liveChangesPath = "/_roadstead/events";

/** What the route needs of the rest of the house. */
export interface LiveChangesPorts {
  readonly identify: WireDoor["identify"];
  readonly clientAddress: ClientAddressOf;
  readonly now: () => number;
  /** Calls back with what has changed, or with nothing when it is more than can be told; returns what ends it. */
  readonly subscribe: (
    account: AccountId,
    region: Region,
    listener: (changes: readonly LiveChange[] | undefined) => void,
  ) => () => void;
  /** Of changes, those that somebody may know of. */
  readonly visible: (asker: Asker, changes: readonly LiveChange[]) => Promise<readonly LiveChange[]>;
  /** Hears of what went wrong within a stream. */
  readonly onError: (error: unknown) => void;
}

/** The route, and what ends its streams at a stop. */
export interface LiveChanges {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
}

/** Streams at once: of one caller, and of all. */
const mostOfOne = 16;
const mostInAll = 512;
/** A sign of life, so that proxies keep the connection and a browser sees that it is there. */
const heartbeat = 15 * second;
/** Then the client signs again: whose key is switched off hears no more. */
const longest = 10 * minute;
/** Changes that may wait for a slow reader; more are told as "read again". */
const mostWaiting = 1_000;
/** AWS: what these services change shows in us-east-1, whatever region is looked at. */
const globalServices: ReadonlySet<string> = new Set(["iam", "sts", "organizations", "route53", "signin"]);

/**
 * Serves `GET /_roadstead/events`, signed like a call of STS: server-sent events of what has changed in the caller's
 * account in the region of the signature, each only when the caller may read what it touched. `change` carries
 * `{"changes": [{"service", "name", "resources"}]}`; `again` says that some were not told. After a break a client reads
 * again: nothing is resumed.
 */
export function createLiveChanges(ports: LiveChangesPorts): LiveChanges {
  const streams = new Set<Stream>();

  async function begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET") throw new Fault("MethodNotAllowed", "Listen with GET.", { status: 405 });
    const asker = await askerOf(request, Buffer.alloc(0), ports.identify, ports.clientAddress);
    const { principal, region } = asker;
    if (principal.type === "Anonymous" || principal.type === "AWSService") {
      throw new Fault("AccessDenied", "Sign as a user, a role or an account.", { status: 403 });
    }
    const others = [...streams].filter(({ who }) => who === principal.arn).length;
    if (others >= mostOfOne || streams.size >= mostInAll) {
      throw new Fault("ThrottlingException", `At most ${mostOfOne} streams of one caller at once.`, {
        status: 429,
      });
    }
    const ends = "session" in principal ? principal.session?.expiresAt : undefined;
    const life = Math.min(longest, Math.max(0, (ends ?? Infinity) - ports.now()));
    const stream = new Stream(principal.arn, response, life, {
      visible: (changes) => ports.visible(asker, changes),
      onError: ports.onError,
      onEnd: () => {
        streams.delete(stream);
        for (const stop of subscriptions) stop();
      },
    });
    streams.add(stream);
    const hear =
      (isWanted: (change: LiveChange) => boolean) => (changes: readonly LiveChange[] | undefined) =>
        stream.tell(changes?.filter(isWanted));
    const subscriptions = [
      ports.subscribe(
        principal.account,
        region,
        hear(() => true),
      ),
    ];
    if (region !== globalRegion) {
      const isGlobal = ({ service }: LiveChange): boolean => globalServices.has(service);
      subscriptions.push(ports.subscribe(principal.account, globalRegion, hear(isGlobal)));
    }
  }

  return {
    async serve(request, response) {
      request.resume();
      try {
        await begin(request, response);
      } catch (error) {
        await answerJson(response, () => Promise.reject(error));
      }
    },
    close() {
      for (const stream of [...streams]) stream.end();
    },
  };
}

interface StreamPorts {
  readonly visible: (changes: readonly LiveChange[]) => Promise<readonly LiveChange[]>;
  readonly onError: (error: unknown) => void;
  readonly onEnd: () => void;
}

/** One client that listens. */
class Stream {
  readonly who: string;
  readonly #response: ServerResponse;
  readonly #ports: StreamPorts;
  readonly #timers: readonly NodeJS.Timeout[];
  #waiting: LiveChange[] = [];
  #missed = false;
  #telling = false;
  #ended = false;

  /** @param life ms until it ends by itself. */
  constructor(who: string, response: ServerResponse, life: number, ports: StreamPorts) {
    this.who = who;
    this.#response = response;
    this.#ports = ports;
    response.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      // Proxies of nginx's kind would hold back what is short.
      "X-Accel-Buffering": "no",
    });
    response.write(": roadstead\n\n");
    const beat = setInterval(() => this.#write(": still here\n\n"), heartbeat);
    const end = setTimeout(() => this.end(), life);
    this.#timers = [beat, end];
    for (const timer of this.#timers) timer.unref();
    response.once("close", () => this.end());
  }

  /** @param changes `undefined`: more than can be told. */
  tell(changes: readonly LiveChange[] | undefined): void {
    if (changes === undefined || this.#waiting.length + changes.length > mostWaiting) {
      this.#missed = true;
      this.#waiting = [];
    } else this.#waiting.push(...changes);
    void this.#flush();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#ports.onEnd();
    this.#response.end();
  }

  async #flush(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    try {
      while (!this.#ended && (this.#missed || this.#waiting.length > 0)) {
        const changes = this.#waiting;
        const missed = this.#missed;
        this.#waiting = [];
        this.#missed = false;
        if (missed) this.#write("event: again\ndata: {}\n\n");
        const visible = changes.length === 0 ? [] : await this.#ports.visible(changes);
        if (visible.length > 0) this.#write(`event: change\ndata: ${shown(visible)}\n\n`);
        await this.#drained();
      }
    } catch (error) {
      // A caller who is gone or may no longer call: signing again tells it why.
      if (!(error instanceof Fault)) this.#ports.onError(error);
      this.end();
    } finally {
      this.#telling = false;
    }
  }

  #write(text: string): void {
    if (!this.#ended) this.#response.write(text);
  }

  /** Settles when a slow reader has taken what was written. */
  #drained(): Promise<void> {
    if (!this.#response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#response.once("drain", resolve).once("close", resolve);
    });
  }
}

function shown(changes: readonly LiveChange[]): string {
  return JSON.stringify({
    changes: changes.map(({ service, name, resources }) => ({ service, name, resources })),
  });
}
