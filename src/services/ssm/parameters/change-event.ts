import type { CallContext } from "../../../dispatch/context.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import type { Tx } from "../../../store/types.ts";
import type { Parameter, VersionDocument } from "./parameter.ts";

/** What happened to a parameter (User Guide, "Amazon EventBridge event examples for Systems Manager"). */
export type Change = "Create" | "Update" | "Delete" | "LabelParameterVersion";

/** Tells of a change, with the change. @param id made outside the transaction. */
export async function emitChange(
  tx: Tx,
  { now }: Pick<CallContext, "now">,
  id: string,
  { account, region, arn, name }: Parameter,
  { type, description }: Pick<VersionDocument, "type" | "description">,
  operation: Change,
): Promise<void> {
  await emitServiceEvent(tx, id, {
    source: "aws.ssm",
    detailType: "Parameter Store Change",
    account,
    region,
    time: now,
    resources: [arn],
    detail: { operation, name, type, ...(description !== undefined && { description }) },
  });
}
