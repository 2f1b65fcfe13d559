import {
  GetRoleCommand,
  IAMClient,
  ListRoleTagsCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { ago, shownTime } from "../parts/time.tsx";
import { AccessAdvisor } from "./access-advisor.tsx";
import { AttachedPolicies } from "./attached-policies.tsx";
import { DeleteRoleModal } from "./delete-role-modal.tsx";
import { decodeDocument, isServiceLinked } from "./role.ts";

/** IAM → Roles → one role: Summary, permissions, trust, tags and Access Advisor. */
export function RolePage() {
  const { name = "" } = useParams();
  const iam = useClient(IAMClient);
  const [deleting, setDeleting] = useState(false);
  const query = useQuery(async () => {
    const [{ Role: role }, attached, inline, { Tags: tags = [] }] = await Promise.all([
      iam.send(new GetRoleCommand({ RoleName: name })),
      everyPage(
        paginateListAttachedRolePolicies({ client: iam }, { RoleName: name }),
        (page) => page.AttachedPolicies,
      ),
      everyPage(paginateListRolePolicies({ client: iam }, { RoleName: name }), (page) => page.PolicyNames),
      iam.send(new ListRoleTagsCommand({ RoleName: name })),
    ]);
    return { role, attached, inline, tags };
  }, [iam, name]);

  return (
    <ResourcePage
      title={name}
      description={query.value?.role?.Description}
      query={query}
      actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}
    >
      {({ role, attached, inline, tags }) => (
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
              Kind: role !== undefined && isServiceLinked(role) ? "Service-linked role" : "Role",
            }}
          />
          <TabsInAddress
            label="About the role"
            tabs={[
              {
                id: "permissions",
                label: "Permissions",
                content: <AttachedPolicies attached={attached} inline={inline} />,
              },
              {
                id: "trust",
                label: "Trust relationships",
                content: (
                  <CodeText
                    name="trust policy"
                    text={formatted(decodeDocument(role?.AssumeRolePolicyDocument ?? ""))}
                  />
                ),
              },
              {
                id: "tags",
                label: "Tags",
                content: (
                  <PlainTable
                    title="Tags"
                    empty="No tags"
                    items={tags}
                    columns={[
                      { id: "key", header: "Key", cell: (tag) => tag.Key },
                      { id: "value", header: "Value", cell: (tag) => tag.Value },
                    ]}
                  />
                ),
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
