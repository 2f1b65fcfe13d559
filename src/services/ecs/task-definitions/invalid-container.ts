import type { Fault } from "../../../kernel/fault.ts";
import { clientFault } from "../faults.ts";

/** What is wrong with one container, in AWS's pattern. */
export function invalidContainer(name: string, what: string): Fault {
  return clientFault(`Invalid setting for container '${name}'. ${what}`);
}
