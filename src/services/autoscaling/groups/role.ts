import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import type { RoleOwner } from "../../../dispatch/service.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { Jobs, Tx } from "../../../store/types.ts";
import { groupArn } from "../arn.ts";
import { autoScalingPrincipal } from "../principal.ts";
import type { AutoScalingTables } from "../store.ts";

/** What EC2 Auto Scaling gives the role as its description (account listings). */
const description =
  "Default Service-Linked Role enables access to AWS Services and Resources used or managed by Auto Scaling";

/**
 * Creates AWSServiceRoleForAutoScaling with the caller's own identity, forwarded ("Service-linked roles for Amazon EC2
 * Auto Scaling", User Guide). For `prepare`. A denial is a failure only when the role is not there: see `needRole`.
 */
export async function prepareRole(ctx: PrepareContext): Promise<void> {
  try {
    await ctx.forward(autoScalingPrincipal).send(
      new CreateServiceLinkedRoleCommand({
        AWSServiceName: autoScalingPrincipal,
        Description: description,
      }),
    );
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return;
    if (isFault(error, "AccessDenied", "AccessDeniedException")) return;
    throw error;
  }
}

/**
 * Takes, in the commit, the row that a deletion of the role takes too.
 * @throws Fault `ServiceLinkedRoleFailure` when the role is not there; StalePreparation when it is being deleted.
 */
export async function needRole(tx: Tx, account: AccountId): Promise<void> {
  const lock = await tx.lockRole(account, autoScalingPrincipal);
  if (lock === "absent") {
    // The words are ours.
    throw new Fault(
      "ServiceLinkedRoleFailure",
      "The service-linked role AWSServiceRoleForAutoScaling does not exist, and you may not create it.",
    );
  }
  if (lock === "deleting") throw new StalePreparation(`the role of ${autoScalingPrincipal} is deleting`);
}

/** The ARN of the role. */
export function roleArn(account: AccountId): string {
  return formatArn(
    "iam",
    "",
    account,
    `role/aws-service-role/${autoScalingPrincipal}/AWSServiceRoleForAutoScaling`,
  );
}

/** Who needs AWSServiceRoleForAutoScaling: groups in whichever region, and the jobs of those that were deleted. */
export function autoScalingRoleOwner({ jobs }: { readonly jobs: Jobs }): RoleOwner {
  return {
    servicePrincipal: autoScalingPrincipal,
    createdBy: ["autoscaling:CreateAutoScalingGroup"],
    async usage(rows, account) {
      const groups = await rows
        .tables<AutoScalingTables>()
        .selectFrom("autoscaling_group")
        .select(["region", "name", "id"])
        .where("account", "=", account)
        .orderBy("region")
        .orderBy("name")
        .execute();
      const uses = new Map<Region, Set<string>>();
      const use = (region: Region, arn: string): void => {
        uses.set(region, (uses.get(region) ?? new Set()).add(arn));
      };
      for (const { name, id, ...row } of groups) {
        const region = row.region as Region;
        use(region, groupArn({ account, region, name }, id));
      }
      for (const { region, payload } of await jobs.unfinished(rows, account, autoScalingPrincipal)) {
        const { name } = payload as { readonly name: string };
        if (!groups.some((group) => group.name === name && group.region === region)) {
          use(region, groupArn({ account, region, name }, "*"));
        }
      }
      return [...uses].map(([region, resources]) => ({ region, resources: [...resources] }));
    },
  };
}
