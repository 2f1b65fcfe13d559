import { type Fortunes, isEjected } from "./outliers.ts";

/** A task that answers under a name. */
export interface Endpoint {
  /** Of its instance in Cloud Map: the task's. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/**
 * The endpoint that is next in turn. One that was tried for the same request already, or that is left alone, is passed
 * over as long as there is another.
 * @param turn how many were chosen before.
 * @param now epoch ms.
 */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  fortunes: Fortunes,
  tried: ReadonlySet<string>,
  turn: number,
  now: number,
): Endpoint | undefined {
  const untried = endpoints.filter(({ id }) => !tried.has(id));
  const well = untried.filter(({ id }) => !isEjected(fortunes, id, now));
  const left = [well, untried, endpoints].find((some) => some.length > 0) ?? [];
  return left[turn % Math.max(1, left.length)];
}
