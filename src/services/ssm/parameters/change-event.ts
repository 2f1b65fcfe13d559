import type { CallContext } from "../../../dispatch/context.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import type { Tx } from "../../../store/types.ts";
import type { Parameter, VersionDocument } from "./parameter.ts";
import type { Policy } from "./policies.ts";

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

/** What a policy of a parameter did (User Guide, "Amazon EventBridge event examples for Systems Manager"). */
const reasons: Readonly<Record<string, string>> = {
  Expiration: "The parameter has been deleted because it has expired.",
  ExpirationNotification: "The parameter is about to expire.",
  NoChangeNotification: "The parameter has not been changed for the time that its policy says.",
};

/** Tells of what a policy did, with it; the reasons are ours. @param id made outside the transaction. */
export async function emitPolicyAction(
  tx: Tx,
  { now }: Pick<CallContext, "now">,
  id: string,
  { account, region, arn, name }: Parameter,
  { type }: Pick<VersionDocument, "type">,
  policy: Policy,
): Promise<void> {
  await emitServiceEvent(tx, id, {
    source: "aws.ssm",
    detailType: "Parameter Store Policy Action",
    account,
    region,
    time: now,
    resources: [arn],
    detail: {
      "policy-type": policy.type,
      "parameter-name": name,
      "parameter-type": type,
      "policy-content": policy.text,
      "action-status": "Success",
      "action-reason": reasons[policy.type] ?? "",
    },
  });
}
