/** What a proxy sees of a route, whichever side it is on. */
export type Sight =
  | "requests"
  | "requestsOfTarget"
  | "connections"
  | "activeConnections"
  | "bytes"
  | "responseTime"
  | "tlsFailures"
  | "2XX"
  | "3XX"
  | "4XX"
  | "5XX";

/** Values, each with how often it was seen. */
export type Seen = readonly (readonly [value: number, count: number])[];

/** What was seen since it was taken last. */
export class RouteCounts {
  #sums = new Map<Sight, number>();
  #times = new Map<number, number>();
  #targets = new Map<string, number>();
  #open = 0;

  add(sight: Sight, count: number): void {
    this.#sums.set(sight, (this.#sums.get(sight) ?? 0) + count);
  }

  /** Counts the status of an answer. */
  addStatus(status: number): void {
    const hundreds = Math.floor(status / 100);
    if (hundreds >= 2 && hundreds <= 5) this.add(`${hundreds as 2 | 3 | 4 | 5}XX`, 1);
  }

  /** Counts a request to an endpoint. */
  addTarget(id: string): void {
    this.#targets.set(id, (this.#targets.get(id) ?? 0) + 1);
  }

  /** Notes how long an answer took, in ms: to two digits, so that there are never many values. */
  addTime(ms: number): void {
    const value = Number(ms.toPrecision(2));
    this.#times.set(value, (this.#times.get(value) ?? 0) + 1);
  }

  /** Counts a connection. @returns what is called when it has ended. */
  open(): () => void {
    this.add("connections", 1);
    this.#open += 1;
    return () => {
      this.#open -= 1;
    };
  }

  /** All that was seen, and begins anew; of what was not seen there is nothing. */
  take(): ReadonlyMap<Sight, Seen> {
    const taken = new Map<Sight, Seen>([...this.#sums].map(([sight, sum]) => [sight, [[sum, 1]]]));
    if (this.#times.size > 0) taken.set("responseTime", [...this.#times]);
    if (this.#open > 0) taken.set("activeConnections", [[this.#open, 1]]);
    const perTarget = [...this.#targets.values()];
    if (perTarget.length > 0)
      taken.set(
        "requestsOfTarget",
        perTarget.map((count) => [count, 1] as const),
      );
    this.#sums = new Map();
    this.#times = new Map();
    this.#targets = new Map();
    return taken;
  }
}
