import type { IncomingMessage } from "node:http";
import type { Endpoint } from "./choose-endpoint.ts";
import type { Route } from "./route.ts";

/** A request on its way through a proxy: what is counted of it, and told of it when it has ended. */
export class Exchange {
  readonly #route: Route;
  readonly #incoming: IncomingMessage;
  /** Epoch ms. */
  readonly #startedAt: number;
  readonly #began = performance.now();
  #received = 0;
  #sent = 0;
  #asked = 0;
  #serviceTime: number | undefined;
  #endpoint: Endpoint | undefined;

  constructor(route: Route, incoming: IncomingMessage) {
    this.#route = route;
    this.#incoming = incoming;
    this.#startedAt = route.now();
    route.counts.add("requests", 1);
  }

  /** An endpoint is asked. */
  asks(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#asked = performance.now();
    this.#route.counts.addTarget(endpoint.id);
  }

  /** The endpoint has answered. */
  answered(status: number): void {
    this.#serviceTime = performance.now() - this.#asked;
    this.#route.counts.addTime(this.#serviceTime);
    this.#route.counts.addStatus(status);
  }

  /** Bytes of the request's body came. */
  receives({ length }: Uint8Array): void {
    this.#received += length;
  }

  /** Bytes of the answer's body went out. */
  sends({ length }: Uint8Array): void {
    this.#sent += length;
  }

  /** It is over. @param status what was answered; zero where nothing was. */
  end(status: number): void {
    const { counts, log } = this.#route;
    const { method = "", url = "", httpVersion, headers } = this.#incoming;
    counts.add("bytes", this.#received + this.#sent);
    log.onRequest?.({
      ...{ startedAt: this.#startedAt, method, path: url, protocol: `HTTP/${httpVersion}`, status },
      ...{ received: this.#received, sent: this.#sent, duration: performance.now() - this.#began },
      serviceTime: this.#serviceTime,
      forwardedFor: headers["x-forwarded-for"]?.toString(),
      userAgent: headers["user-agent"],
      requestId: headers["x-request-id"]?.toString(),
      authority: headers.host,
      upstream: this.#endpoint && `${this.#endpoint.address}:${this.#endpoint.port}`,
    });
  }
}
