import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:tls";
import { dial } from "../../runtime/network/dial.ts";
import type { ConnectedService } from "../../runtime/task.ts";
import type { LoggedConnection, LoggedRequest } from "./access-log.ts";
import { type PortCertificate, tlsVersion } from "./certificates.ts";
import { chooseEndpoint, type Endpoint } from "./choose-endpoint.ts";
import type { KnownEndpoints } from "./endpoints.ts";
import { afterAnswer, type Fortunes } from "./outliers.ts";
import { RouteCounts } from "./route-counts.ts";

/** AWS: after the first attempt (Developer Guide, "Service Connect": retries). */
const retries = 2;

/** How long TLS may take to come about, in ms; ours. */
const patience = 5_000;

/** What a route is made of. */
export interface RouteSettings {
  readonly service: ConnectedService;
  /** Whether the proxy's own task calls, or is called: then its only endpoint is the application beside it. */
  readonly side: "calling" | "called";
  readonly known: Pick<KnownEndpoints, "endpoints">;
  /** The file through which the task's pause container calls. */
  readonly dialPath: string;
  readonly now: () => number;
  /** How the route's endpoints prove themselves: as a name, by what an authority (PEM) has issued. */
  readonly proof?: { readonly serverName: string; readonly authority: () => Promise<string> };
  /** How the proxy proves itself, where its task is called by TLS. */
  readonly certificate?: PortCertificate;
  /** Hears of what went wrong. */
  readonly onFailure?: (what: string) => void;
  /** Hears of each request, or of each connection where requests are not looked at. */
  readonly onRequest?: (request: LoggedRequest) => void;
  readonly onConnection?: (connection: LoggedConnection) => void;
}

/** What leads from a door of a task to the endpoints behind it. How they fare is the task's own experience. */
export class Route {
  readonly service: ConnectedService;
  readonly side: RouteSettings["side"];
  readonly now: () => number;
  readonly counts = new RouteCounts();
  readonly log: Pick<RouteSettings, "onRequest" | "onConnection" | "onFailure">;
  readonly certificate: PortCertificate | undefined;
  /** An application that has failed is not asked again by the proxy before it, but by the one that calls. */
  readonly attempts: number;
  readonly #settings: RouteSettings;
  #fortunes: Fortunes = new Map();
  #turn = 0;

  constructor(settings: RouteSettings) {
    this.#settings = settings;
    this.service = settings.service;
    this.side = settings.side;
    this.now = settings.now;
    this.log = settings;
    this.certificate = settings.certificate;
    this.attempts = settings.side === "calling" ? retries + 1 : 1;
  }

  /** The endpoint to try next; `undefined` where there is none. */
  choose(tried: ReadonlySet<string>): Endpoint | undefined {
    const { endpoints } = this.#settings.known;
    return chooseEndpoint(endpoints, this.#fortunes, tried, this.#turn++, this.now());
  }

  /** A new connection to an endpoint. @throws when it does not come about. */
  async call(endpoint: Pick<Endpoint, "address" | "port">): Promise<Socket> {
    const { dialPath, service } = this.#settings;
    try {
      return await this.#secured(await dial(dialPath, endpoint));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.onFailure?.(`${service.discoveryName}: ${endpoint.address}:${endpoint.port}: ${reason}`);
      throw error;
    }
  }

  /** A connection, by TLS where the endpoints have it. @throws when the endpoint is not who it should be. */
  async #secured(socket: Socket): Promise<Socket> {
    const { proof } = this.#settings;
    if (proof === undefined) return socket;
    try {
      const secured = connect({
        ...{ socket, servername: proof.serverName, ca: await proof.authority() },
        ...tlsVersion,
      });
      secured.setTimeout(patience, () => secured.destroy(new Error("no TLS came about in time")));
      await once(secured, "secureConnect");
      secured.setTimeout(0);
      return secured;
    } catch (error) {
      socket.destroy();
      this.counts.add("tlsFailures", 1);
      throw error;
    }
  }

  /** A new connection to whichever endpoint takes it. @throws when none does. */
  async callAny(): Promise<{ readonly endpoint: Endpoint; readonly socket: Socket }> {
    const tried = new Set<string>();
    let failed: unknown = new Error("no healthy upstream");
    for (let attempt = 0; attempt < this.attempts; attempt++) {
      const endpoint = this.choose(tried);
      if (endpoint === undefined) break;
      tried.add(endpoint.id);
      try {
        const socket = await this.call(endpoint);
        this.counts.addTarget(endpoint.id);
        return { endpoint, socket };
      } catch (error) {
        this.note(endpoint, false);
        failed = error;
      }
    }
    throw failed;
  }

  /** Notes how an endpoint answered. */
  note({ id }: Endpoint, wentWell: boolean): void {
    const ids = this.#settings.known.endpoints.map((one) => one.id);
    this.#fortunes = afterAnswer(this.#fortunes, ids, id, wentWell, this.now());
  }
}
