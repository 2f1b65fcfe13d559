import type { Rows, Tx } from "../../../store/types.ts";
import type { ManagedProvider } from "../capacity-providers/managed-provider.ts";
import { clusterOfProvider } from "../capacity-providers/managed-provider.ts";
import type { ResourceDemand } from "../container-instances/resources.ts";
import { demandOf } from "../placement/demand.ts";
import { applyOverrides } from "../tasks/overrides.ts";
import { findRevision, listDaemons } from "./daemon.ts";
import { asTaskDefinition, findDaemonDefinition } from "./daemon-definition.ts";
import { enqueueDaemon } from "./daemon-job.ts";

/** A daemon as the instances of a provider know it. */
export interface ProviderDaemon {
  readonly name: string;
  /** Whether an instance without it takes no tasks. */
  readonly critical: boolean;
  readonly demand: ResourceDemand;
}

/** The daemons that every new instance of a provider gets. */
export async function daemonsOfProvider(
  rows: Rows,
  provider: ManagedProvider,
): Promise<readonly ProviderDaemon[]> {
  const daemons: ProviderDaemon[] = [];
  for (const { key, status, document } of await listDaemons(rows, clusterOfProvider(provider))) {
    if (status !== "ACTIVE" || !document.capacityProviders.includes(provider.name)) continue;
    const revision = await findRevision(rows, key, document.target);
    const found = revision && (await findDaemonDefinition(rows, provider, revision.document.taskDefinition));
    if (revision === undefined || found === undefined) continue;
    const { definition } = asTaskDefinition(found);
    const demand = demandOf(applyOverrides(definition), definition.networkMode);
    daemons.push({ name: key.daemon, critical: revision.document.critical, demand });
  }
  return daemons;
}

/** Wakes what looks after the daemons of a provider: its instances have changed. */
export async function wakeDaemonsOf(tx: Tx, provider: ManagedProvider): Promise<void> {
  for (const { key, document } of await listDaemons(tx, clusterOfProvider(provider))) {
    if (document.capacityProviders.includes(provider.name)) await enqueueDaemon(tx, key);
  }
}
