import type { TaskView } from "../task-engine/view.ts";

/**
 * Whether a request may be a task's own. The unguessable id in its path says which task it claims to be; where the
 * address it comes from is known, it must be one of the task's. An address is not known behind a relay (a socket in
 * the file system) and for what shares the host's network; then the id alone decides.
 */
export function mayComeFrom(address: string | undefined, { spec, containers }: TaskView): boolean {
  const from = address?.replace(/^::ffff:/, "");
  if (from === undefined || from === "" || isLoopback(from)) return true;
  const own = spec.networkInterface?.privateIpv4Address;
  const known = [...(own === undefined ? [] : [own]), ...containers.flatMap(({ addresses }) => addresses)];
  return known.length === 0 || known.includes(from);
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
