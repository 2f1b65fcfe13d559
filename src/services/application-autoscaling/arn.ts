import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";
import { ecsScalingPrincipal } from "./principal.ts";

/** One account in one region. */
export interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

/** What names a scalable target: its resource. There is one namespace, with one dimension. */
export interface TargetKey extends Scope {
  /** `service/<cluster>/<service>`. */
  readonly resourceId: string;
}

/** Something of a scalable target that has a name of its own: a scaling policy, a scheduled action. */
export interface NamedKey extends TargetKey {
  readonly name: string;
}

/** `arn:aws:application-autoscaling:<region>:<account>:scalable-target/<id>`. */
export const targetArn = ({ account, region }: Scope, id: string): Arn =>
  formatArn("application-autoscaling", region, account, `scalable-target/${id}`);

/** Reads the ARN of a scalable target; `undefined` when it is something else. */
export function parseTargetArn(text: string): (Scope & { readonly id: string }) | undefined {
  const arn = parseArn(text);
  const id = /^scalable-target\/(.+)$/.exec(arn?.resource ?? "")?.[1];
  if (arn?.service !== "application-autoscaling" || id === undefined) return undefined;
  if (!isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  return { account: arn.account, region: arn.region, id };
}

/** AWS: policies and scheduled actions have ARNs of `autoscaling`, with a UUID, the resource and the name. */
export const policyArn = (key: NamedKey, id: string): Arn =>
  formatArn(
    "autoscaling",
    key.region,
    key.account,
    `scalingPolicy:${id}:resource/ecs/${key.resourceId}:policyName/${key.name}`,
  );

export const scheduledActionArn = (key: NamedKey, id: string): Arn =>
  formatArn(
    "autoscaling",
    key.region,
    key.account,
    `scheduledAction:${id}:resource/ecs/${key.resourceId}:scheduledActionName/${key.name}`,
  );

/** Reads the ARN of a scaling policy of ours; `undefined` of other policies, as those of Auto Scaling groups. */
export function parsePolicyArn(text: string): (NamedKey & { readonly id: string }) | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "autoscaling" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  const [, id, resourceId, name] =
    /^scalingPolicy:([^:]+):resource\/ecs\/([^:]+):policyName\/(.+)$/.exec(arn.resource) ?? [];
  if (id === undefined || resourceId === undefined || name === undefined) return undefined;
  return { account: arn.account, region: arn.region, resourceId, name, id };
}

/** The role that every scalable target has. */
export const roleArn = (account: AccountId): Arn =>
  formatArn(
    "iam",
    "",
    account,
    `role/aws-service-role/${ecsScalingPrincipal}/AWSServiceRoleForApplicationAutoScaling_ECSService`,
  );
