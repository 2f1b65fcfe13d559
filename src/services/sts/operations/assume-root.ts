import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { isAccountId } from "../../../kernel/account.ts";
import { rootArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { SessionPrincipal, StsPorts } from "../ports.ts";
import { sessionCredentials } from "../session-credentials.ts";
import { sessionSpan } from "../session-duration.ts";
import { refuseFederatedUser } from "../session-limits.ts";

/** AWS's policies for privileged tasks, and the feature of the organization that each needs (API Reference, "AssumeRoot"). */
const tasks: Readonly<Record<string, "RootCredentialsManagement" | "RootSessions">> = {
  IAMAuditRootUserCredentials: "RootCredentialsManagement",
  IAMCreateRootUserPassword: "RootCredentialsManagement",
  IAMDeleteRootUserCredentials: "RootCredentialsManagement",
  S3UnlockBucketPolicy: "RootSessions",
  SQSUnlockQueuePolicy: "RootSessions",
};

const taskPolicy = "arn:aws:iam::aws:policy/root-task/";
const longest = 900;

/** Becomes the root of a member account, for one privileged task and fifteen minutes at most. */
export const assumeRoot = (ports: StsPorts): ReadOperation<typeof sts, "AssumeRoot"> => ({
  name: "AssumeRoot",

  authorise(input, { principal, account }) {
    refuseRoot(principal);
    const target = targetOf(input.TargetPrincipal);
    return [
      {
        action: "sts:AssumeRoot",
        resource: rootArn(target),
        // The right is the organization's to give, not the member's: no policy of the member is asked.
        resourceAccount: account,
        context: { "sts:TaskPolicyArn": input.TaskPolicyArn.arn },
      },
    ];
  },

  async read({ rows, account, principal, now }, input) {
    const target = targetOf(input.TargetPrincipal);
    const arn = input.TaskPolicyArn.arn ?? "";
    const needed = arn.startsWith(taskPolicy) ? tasks[arn.slice(taskPolicy.length)] : undefined;
    // The words are ours.
    if (needed === undefined) {
      throw new Fault("ValidationError", `${arn} is not a policy for a privileged task of the root user.`);
    }
    const features = await ports.rootAccess(rows, account, target);
    if (!features.includes(needed)) throw refused(principal, target, needed);
    const calling = "session" in principal ? principal.session : undefined;
    const sourceIdentity = calling?.sourceIdentity;
    const session: SessionPrincipal = {
      type: "Root",
      account: target,
      arn: rootArn(target),
      accessKeyId: "",
      session: {
        ...sessionSpan(now, input.DurationSeconds ?? longest),
        policyArns: [arn as Arn],
        assumedRoot: true,
        ...(sourceIdentity !== undefined && { sourceIdentity }),
      },
    };
    return { Credentials: sessionCredentials(ports, session), SourceIdentity: sourceIdentity };
  },
});

/** The member account that is named by its id or its root. Throws `ValidationError`. */
function targetOf(principal: string): AccountId {
  const account = /^arn:aws:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal;
  if (!isAccountId(account)) throw new Fault("ValidationError", `${principal} is invalid`);
  return account;
}

function refuseRoot(principal: Principal): void {
  refuseFederatedUser(principal, "AssumeRoot");
  if (principal.type !== "Root") return;
  throw new Fault("AccessDenied", "AssumeRoot may not be called by root accounts.", { status: 403 });
}

/** Says why, which AWS does not: the words after the sentence are ours. */
function refused(principal: Principal, target: AccountId, feature: string): Fault {
  const who = "arn" in principal ? principal.arn : "an unknown caller";
  const message = `User: ${who} is not authorized to perform: sts:AssumeRoot on resource: ${rootArn(target)} because ${feature} is not enabled for the caller's account over that account`;
  return new Fault("AccessDenied", message, { status: 403 });
}
