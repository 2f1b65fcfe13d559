import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";

/** Where groups are: a region of an account. */
export interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

/** A group by its name, which is unique in a region of an account. */
export interface GroupKey extends Scope {
  readonly name: string;
}

/** @param id the group's UUID; `*` when the group is not there. */
export function groupArn({ account, region, name }: GroupKey, id: string): Arn {
  return formatArn("autoscaling", region, account, `autoScalingGroup:${id}:autoScalingGroupName/${name}`);
}

/** @param id the configuration's UUID; `*` when it is not there. */
export function launchConfigurationArn({ account, region }: Scope, id: string, name: string): Arn {
  return formatArn(
    "autoscaling",
    region,
    account,
    `launchConfiguration:${id}:launchConfigurationName/${name}`,
  );
}

export function scalingPolicyArn({ account, region, name }: GroupKey, id: string, policy: string): Arn {
  return formatArn(
    "autoscaling",
    region,
    account,
    `scalingPolicy:${id}:autoScalingGroupName/${name}:policyName/${policy}`,
  );
}

export function scheduledActionArn({ account, region, name }: GroupKey, id: string, action: string): Arn {
  return formatArn(
    "autoscaling",
    region,
    account,
    `scheduledUpdateGroupAction:${id}:autoScalingGroupName/${name}:scheduledActionName/${action}`,
  );
}

/** Reads the ARN of a group; `undefined` when it is something else. */
export function parseGroupArn(text: string): GroupKey | undefined {
  return parseNamed(text, /^autoScalingGroup:[^:]+:autoScalingGroupName\/(.+)$/);
}

/** What a scaling policy's ARN names. */
export interface PolicyKey {
  readonly group: GroupKey;
  readonly policy: string;
}

/** Reads the ARN of a scaling policy; `undefined` when it is something else. */
export function parsePolicyArn(text: string): PolicyKey | undefined {
  const pattern = /^scalingPolicy:[^:]+:autoScalingGroupName\/(.+):policyName\/(.+)$/;
  const group = parseNamed(text, pattern);
  const policy = pattern.exec(parseArn(text)?.resource ?? "")?.[2];
  return group === undefined || policy === undefined ? undefined : { group, policy };
}

function parseNamed(text: string, pattern: RegExp): GroupKey | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "autoscaling" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  const name = pattern.exec(arn.resource)?.[1];
  return name === undefined ? undefined : { account: arn.account, region: arn.region, name };
}
