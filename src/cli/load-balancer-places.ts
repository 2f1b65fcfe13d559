import type { Settings } from "../config/settings.ts";

/** How long a Roadstead may take to say where its load balancers are, in milliseconds. */
const patience = 2_000;

/**
 * Where the load balancers of the Roadstead that runs with these settings listen, in one line: `lb-1….localhost port 80
 * at 127.0.0.1:80`. Never throws.
 */
export async function loadBalancerPlaces(
  settings: Pick<Settings, "host" | "port" | "adminToken">,
): Promise<string> {
  const { host, port, adminToken } = settings;
  try {
    const answer = await fetch(`http://${host}:${port}/_roadstead/load-balancers`, {
      signal: AbortSignal.timeout(patience),
      headers: adminToken === undefined ? {} : { Authorization: `Bearer ${adminToken}` },
    });
    if (!answer.ok) return `not told: ${answer.status}`;
    const listeners: unknown = (await answer.json()).listeners;
    if (!Array.isArray(listeners) || listeners.length === 0) return "none listens";
    return listeners.map(placeOf).join("; ");
  } catch {
    return `no Roadstead answers at ${host}:${port}`;
  }
}

function placeOf(listener: {
  readonly dnsName: string;
  readonly port: number;
  readonly host: { readonly address: string; readonly port: number } | null;
  readonly nodes: readonly string[];
}): string {
  const host =
    listener.host === null ? "nowhere on this host" : `${listener.host.address}:${listener.host.port}`;
  const nodes = listener.nodes.length === 0 ? "" : `, in its VPC at ${listener.nodes.join(", ")}`;
  return `${listener.dnsName} port ${listener.port} at ${host}${nodes}`;
}
