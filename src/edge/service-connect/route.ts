import type { Socket } from "node:net";
import type { ConnectDoor } from "../../runtime/network/connect-doors.ts";
import { chooseEndpoint, type Endpoint } from "./choose-endpoint.ts";
import { dial } from "./dial.ts";
import type { KnownEndpoints } from "./endpoints.ts";
import { afterAnswer, type Fortunes } from "./outliers.ts";
import type { RouteCounts } from "./route-counts.ts";

/** AWS: after the first attempt (Developer Guide, "Service Connect": retries). */
const retries = 2;

/** What leads from a name that a task calls to the endpoints behind it. How they fare is the task's own experience. */
export class Route {
  readonly door: ConnectDoor;
  readonly counts: RouteCounts;
  readonly attempts = retries + 1;
  readonly #known: KnownEndpoints;
  readonly #dialPath: string;
  readonly #now: () => number;
  #fortunes: Fortunes = new Map();
  #turn = 0;

  constructor(
    door: ConnectDoor,
    counts: RouteCounts,
    known: KnownEndpoints,
    dialPath: string,
    now: () => number,
  ) {
    this.door = door;
    this.counts = counts;
    this.#known = known;
    this.#dialPath = dialPath;
    this.#now = now;
  }

  /** The endpoint to try next; `undefined` where there is none. */
  choose(tried: ReadonlySet<string>): Endpoint | undefined {
    return chooseEndpoint(this.#known.endpoints, this.#fortunes, tried, this.#turn++, this.#now());
  }

  /** A new connection to an endpoint. */
  async call(endpoint: Pick<Endpoint, "address" | "port">): Promise<Socket> {
    const socket = await dial(this.#dialPath, endpoint);
    this.counts.add("NewConnectionCount", 1);
    return socket;
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
        return { endpoint, socket: await this.call(endpoint) };
      } catch (error) {
        this.note(endpoint, false);
        failed = error;
      }
    }
    throw failed;
  }

  /** Notes how an endpoint answered. */
  note({ id }: Endpoint, wentWell: boolean): void {
    const ids = this.#known.endpoints.map((one) => one.id);
    this.#fortunes = afterAnswer(this.#fortunes, ids, id, wentWell, this.#now());
  }
}
