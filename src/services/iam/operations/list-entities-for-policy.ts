import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { findAnyPolicy, policyNotFound, requirePolicyArn } from "../policies.ts";
import { policyEntities } from "../policy-entities.ts";
import type { IamPorts } from "../ports.ts";

/** Who has a managed policy attached, or as permissions boundary. */
export const listEntitiesForPolicy = ({
  managedPolicies,
}: IamPorts): ReadOperation<typeof iam, "ListEntitiesForPolicy"> => ({
  name: "ListEntitiesForPolicy",

  authorise: (input) => [{ action: "iam:ListEntitiesForPolicy", ...namedPolicy(input.PolicyArn) }],

  async read({ rows, account }, input) {
    const arn = requirePolicyArn(input.PolicyArn);
    const { EntityFilter: kind, PathPrefix: prefix = "/", PolicyUsageFilter: usage } = input;
    if ((await findAnyPolicy(rows, managedPolicies, account, arn)) === undefined) throw policyNotFound(arn);
    const entities = (await policyEntities(rows, account, arn, usage)).filter(
      (entity) => entity.path.startsWith(prefix) && (kind === undefined || entity.kind === kind),
    );
    const page = pageOfSorted(entities, ({ key }) => key, pageRequest(input));
    const shown = (of: string) => page.rows.filter((entity) => entity.kind === of);
    return {
      PolicyUsers: shown("User").map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyGroups: shown("Group").map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyRoles: shown("Role").map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...pageMembers(page),
    };
  },
});
