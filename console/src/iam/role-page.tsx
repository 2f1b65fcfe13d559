import {
  GetRoleCommand,
  IAMClient,
  ListRoleTagsCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { ago, shownTime } from "../parts/time.tsx";
import { PolicyText } from "../policies/policy-text.tsx";
import { AccessAdvisor } from "./access-advisor.tsx";
import { DeleteRoleModal } from "./delete-role-modal.tsx";
import { IdentityPolicies } from "./identity-policies.tsx";
import { PermissionsBoundary } from "./permissions-boundary.tsx";
import { decodeDocument, isServiceLinked } from "./role.ts";

/** IAM → Roles → one role: Summary, permissions, trust, tags and Access Advisor. */
export function RolePage() {
  const { name = "" } = useParams();
  const iam = useClient(IAMClient);
  const arnOf = useArns();
  const [deleting, setDeleting] = useState(false);
  const query = useQuery(async () => {
    const [{ Role: role }, { Tags: tags = [] }] = await Promise.all([
      iam.send(new GetRoleCommand({ RoleName: name })),
      iam.send(new ListRoleTagsCommand({ RoleName: name })),
    ]);
    return { role, tags };
  }, [iam, name]);
  const isLinked = query.value?.role !== undefined && isServiceLinked(query.value.role);

  function saveTrust(PolicyDocument: string): Promise<unknown> {
    return iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument }));
  }

  return (
    <ResourcePage
      title={name}
      description={query.value?.role?.Description}
      query={query}
      actions={
        <ActionButton
          needs={[
            {
              action: isLinked ? "iam:DeleteServiceLinkedRole" : "iam:DeleteRole",
              resource: query.value?.role?.Arn ?? arnOf("iam", `role/${name}`),
            },
          ]}
          onClick={() => setDeleting(true)}
        >
          Delete
        </ActionButton>
      }
    >
      {({ role, tags }) => (
        <>
          <Details
            title="Summary"
            facts={{
              ARN: role?.Arn,
              "Creation date": shownTime(role?.CreateDate),
              "Last activity":
                role?.RoleLastUsed?.LastUsedDate === undefined
                  ? "Never"
                  : `${ago(role.RoleLastUsed.LastUsedDate)} in ${role.RoleLastUsed.Region ?? "–"}`,
              "Maximum session duration": `${(role?.MaxSessionDuration ?? 0) / 60} minutes`,
              Path: role?.Path,
              Kind: isLinked ? "Service-linked role" : "Role",
            }}
          />
          <TabsInAddress
            label="About the role"
            tabs={[
              {
                id: "permissions",
                label: "Permissions",
                content: (
                  <SpaceBetween size="l">
                    <IdentityPolicies
                      identity={{ kind: "role", name }}
                      arn={role?.Arn ?? ""}
                      locked={isLinked}
                    />
                    {!isLinked && (
                      <PermissionsBoundary
                        identity={{ kind: "role", name }}
                        arn={role?.Arn ?? ""}
                        boundary={role?.PermissionsBoundary}
                        onChanged={query.reload}
                      />
                    )}
                  </SpaceBetween>
                ),
              },
              {
                id: "trust",
                label: "Trust relationships",
                content: (
                  <PolicyText
                    title="Trust policy"
                    kind="trust"
                    query={{ ...query, value: decodeDocument(role?.AssumeRolePolicyDocument ?? "") }}
                    {...(isLinked ? {} : { save: (text: string) => saveTrust(text) })}
                    needs={[{ action: "iam:UpdateAssumeRolePolicy", resource: role?.Arn ?? "" }]}
                  />
                ),
              },
              {
                id: "tags",
                label: "Tags",
                content: <TagsTable tags={tags} />,
              },
              {
                id: "access_advisor",
                label: "Access Advisor",
                content: role?.Arn === undefined ? null : <AccessAdvisor arn={role.Arn} />,
              },
            ]}
          />
          {deleting && role !== undefined && (
            <DeleteRoleModal roles={[role]} onClose={() => setDeleting(false)} onDeleted={query.reload} />
          )}
        </>
      )}
    </ResourcePage>
  );
}
