/** What a proxy counts of a route, by the names of AWS's metrics. */
export type CountedName =
  | "RequestCount"
  | "NewConnectionCount"
  | "ProcessedBytes"
  | "HTTPCode_Target_2XX_Count"
  | "HTTPCode_Target_3XX_Count"
  | "HTTPCode_Target_4XX_Count"
  | "HTTPCode_Target_5XX_Count";

/** What was counted since it was taken last. */
export class RouteCounts {
  #counted = new Map<CountedName, number>();

  add(name: CountedName, count: number): void {
    this.#counted.set(name, (this.#counted.get(name) ?? 0) + count);
  }

  /** Counts a status of an endpoint. */
  addStatus(status: number): void {
    const hundreds = Math.floor(status / 100);
    if (hundreds >= 2 && hundreds <= 5) this.add(`HTTPCode_Target_${hundreds as 2 | 3 | 4 | 5}XX_Count`, 1);
  }

  /** All that was counted, and begins anew. */
  take(): ReadonlyMap<CountedName, number> {
    const taken = this.#counted;
    this.#counted = new Map();
    return taken;
  }
}
