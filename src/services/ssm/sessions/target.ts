import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";

interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

/** The ARN of what sessions go to: a task of ECS, an EC2 instance, or a managed node. */
export function targetArn(target: string, { account, region }: Scope): Arn {
  const task = /^ecs:(.+)_([0-9a-f]{32})_[^_]+$/.exec(target);
  if (task !== null) return formatArn("ecs", region, account, `task/${task[1]}/${task[2]}`);
  if (target.startsWith("i-")) return formatArn("ec2", region, account, `instance/${target}`);
  return formatArn("ssm", region, account, `managed-instance/${target}`);
}

/** The ARN of a session document: AWS's own are nobody's. */
export function documentArn(name: string, { account, region }: Scope): Arn {
  const ofAws = /^(AWS|Amazon(ECS)?)-/.test(name);
  return formatArn("ssm", region, ofAws ? "" : account, `document/${name}`);
}

/** AWS: the answer for a target whose agent holds no channel, whether it exists or not. */
export function targetNotConnected(target: string): Fault {
  return new Fault("TargetNotConnected", `${target} is not connected.`);
}
