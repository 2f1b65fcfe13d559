import {
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListEntitiesForPolicyCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { PolicyText } from "../policies/policy-text.tsx";
import { decodeDocument } from "./role.ts";

/** A policy keeps so many versions; the oldest makes room (IAM User Guide, "Versioning IAM policies"). */
const mostVersions = 5;

/** IAM → Policies → one policy: its document with the editor, and what it is attached to. */
export function PolicyPage() {
  const { arn = "" } = useParams();
  const iam = useClient(IAMClient);
  const query = useQuery(async () => {
    const { Policy: policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
    const [version, entities] = await Promise.all([
      iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: policy?.DefaultVersionId })),
      iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: arn })),
    ]);
    return { policy, document: decodeDocument(version.PolicyVersion?.Document ?? ""), entities };
  }, [iam, arn]);
  const isOwn = !arn.startsWith("arn:aws:iam::aws:");

  async function save(PolicyDocument: string): Promise<void> {
    const { Versions: versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: arn }));
    const oldest = versions.filter((one) => one.IsDefaultVersion !== true).at(-1);
    if (versions.length >= mostVersions && oldest !== undefined) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: oldest.VersionId }));
    }
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument, SetAsDefault: true }));
  }

  return (
    <ResourcePage
      title={query.value?.policy?.PolicyName ?? arn}
      description={query.value?.policy?.Description}
      query={query}
    >
      {({ policy, document, entities }) => (
        <>
          <Details
            title="Policy"
            facts={{
              ARN: policy?.Arn,
              Type: isOwn ? "Customer managed" : "AWS managed",
              "Default version": policy?.DefaultVersionId,
              Updated: shownTime(policy?.UpdateDate),
            }}
          />
          <TabsInAddress
            label="About the policy"
            tabs={[
              {
                id: "document",
                label: "Permissions",
                content: (
                  <PolicyText
                    title="Policy document"
                    kind="managed"
                    query={{ ...query, value: document }}
                    needs={[{ action: "iam:CreatePolicyVersion", resource: arn }]}
                    {...(isOwn ? { save } : {})}
                  />
                ),
              },
              {
                id: "entities",
                label: "Entities attached",
                content: (
                  <PlainTable
                    title="Entities attached"
                    empty="Attached to nothing"
                    items={[
                      ...(entities.PolicyRoles ?? []).map((one) => ({ kind: "Role", name: one.RoleName })),
                      ...(entities.PolicyUsers ?? []).map((one) => ({ kind: "User", name: one.UserName })),
                      ...(entities.PolicyGroups ?? []).map((one) => ({ kind: "Group", name: one.GroupName })),
                    ]}
                    columns={[
                      { id: "name", header: "Name", cell: (one) => one.name },
                      { id: "kind", header: "Kind", cell: (one) => one.kind },
                    ]}
                  />
                ),
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
