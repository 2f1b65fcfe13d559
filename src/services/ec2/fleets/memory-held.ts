import type { Tx } from "../../../store/types.ts";
import type { InstanceDocument } from "../documents.ts";
import { instanceTypes } from "../instance-types/families.ts";
import type { Ec2Tables } from "../store.ts";

/**
 * The memory, in MiB, of all instances that are slices of this machine, whosever they are and in whichever region: those
 * that a service manages. Instances that stand for other hosts have memory of their own.
 */
export async function memoryHeld(tx: Tx): Promise<number> {
  const rows = await tx
    .tables<Ec2Tables>()
    .selectFrom("ec2_resource")
    .select("document")
    .where("kind", "=", "instance")
    .execute();
  return rows
    .map(({ document }) => JSON.parse(document) as InstanceDocument)
    .filter(({ operator, state }) => operator !== undefined && state !== "terminated")
    .reduce((sum, { type }) => sum + (instanceTypes.get(type)?.memory ?? 0), 0);
}
