import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, idOf } from "../arn.ts";
import { type ContainerInstance, findInstance } from "../container-instances/instance.ts";
import { invalidParameter } from "../faults.ts";

/** API Reference, "PutAttributes" and "DeleteAttributes": so many in one call. */
const mostInCall = 10;

/** The attributes of a call, each with the instance that it is for. */
export interface TargetedAttribute {
  readonly attribute: ecs.Attribute;
  readonly instance: ContainerInstance;
}

/** Finds the targets of attributes. Throws `InvalidParameterException`, `TargetNotFoundException`; the texts are ours. */
export async function findTargets(
  rows: Rows,
  ctx: Pick<CallContext, "now">,
  cluster: ClusterKey,
  attributes: readonly ecs.Attribute[],
): Promise<readonly TargetedAttribute[]> {
  if (attributes.length > mostInCall) {
    throw invalidParameter(`A call can name at most ${mostInCall} attributes.`);
  }
  const targeted: TargetedAttribute[] = [];
  for (const attribute of attributes) {
    const { targetId } = attribute;
    if (targetId === undefined) throw invalidParameter("Specify the target of each attribute.");
    const key = { ...cluster, id: idOf("container-instance", targetId) };
    const instance = await findInstance(rows, key, ctx.now);
    if (instance === undefined || instance.status === "INACTIVE") {
      throw new Fault("TargetNotFoundException", `The target ${targetId} was not found.`);
    }
    targeted.push({ attribute, instance });
  }
  return targeted;
}
