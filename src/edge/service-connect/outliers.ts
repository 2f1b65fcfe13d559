import { second } from "../../kernel/duration.ts";

/** AWS: five failures in a row, and an endpoint is left alone (API Reference and Developer Guide, "Service Connect"). */
const mostFailures = 5;

/** For how long, in ms. */
const ejection = 30 * second;

/** At most so many of all endpoints are left alone at once, in percent. */
const mostEjected = 50;

/** How an endpoint has fared. */
interface Fortune {
  /** Failures since it last went well. */
  readonly failures: number;
  /** Epoch ms until which it is left alone. */
  readonly ejectedUntil: number;
}

/** How endpoints have fared, by id; one that is not there has not failed. */
export type Fortunes = ReadonlyMap<string, Fortune>;

/**
 * What an answer makes of an endpoint's fortune: a connection that was refused or a status of 500 and above is a
 * failure.
 * @param endpoints all that there are, by which it is known how many may be left alone.
 * @param now epoch ms.
 */
export function afterAnswer(
  fortunes: Fortunes,
  endpoints: readonly string[],
  id: string,
  wentWell: boolean,
  now: number,
): Fortunes {
  const before = fortunes.get(id) ?? { failures: 0, ejectedUntil: 0 };
  if (wentWell && before.failures === 0) return fortunes;
  const failures = wentWell ? 0 : before.failures + 1;
  const ejected = endpoints.filter((one) => isEjected(fortunes, one, now)).length;
  const mayGo = (ejected + 1) * 100 <= endpoints.length * mostEjected;
  const goes = failures >= mostFailures && !isEjected(fortunes, id, now) && mayGo;
  const after: Fortune = goes ? { failures: 0, ejectedUntil: now + ejection } : { ...before, failures };
  // Those that have gone are forgotten.
  const known = new Set(endpoints);
  return new Map([...[...fortunes].filter(([one]) => known.has(one)), [id, after]]);
}

/** Whether an endpoint is left alone. */
export function isEjected(fortunes: Fortunes, id: string, now: number): boolean {
  return (fortunes.get(id)?.ejectedUntil ?? 0) > now;
}
