import {
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  paginateListAttachedUserPolicies,
  paginateListGroupsForUser,
  paginateListUserPolicies,
} from "@aws-sdk/client-iam";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { Details } from "../parts/details.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { AccessAdvisor } from "./access-advisor.tsx";
import { AttachedPolicies } from "./attached-policies.tsx";

/** IAM → Users → one user. */
export function UserPage() {
  const { name = "" } = useParams();
  const iam = useClient(IAMClient);
  const query = useQuery(async () => {
    const of = { UserName: name };
    const [{ User: user }, attached, inline, groups, keys, devices] = await Promise.all([
      iam.send(new GetUserCommand(of)),
      everyPage(paginateListAttachedUserPolicies({ client: iam }, of), (page) => page.AttachedPolicies),
      everyPage(paginateListUserPolicies({ client: iam }, of), (page) => page.PolicyNames),
      everyPage(paginateListGroupsForUser({ client: iam }, of), (page) => page.Groups),
      iam.send(new ListAccessKeysCommand(of)),
      iam.send(new ListMFADevicesCommand(of)),
    ]);
    return {
      ...{ user, attached, inline, groups },
      keys: keys.AccessKeyMetadata ?? [],
      devices: devices.MFADevices ?? [],
    };
  }, [iam, name]);
  return (
    <ResourcePage title={name} query={query}>
      {({ user, attached, inline, groups, keys, devices }) => (
        <>
          <Details
            title="Summary"
            facts={{
              ARN: user?.Arn,
              Created: shownTime(user?.CreateDate),
              "MFA devices":
                devices.length === 0 ? "None" : devices.map((one) => one.SerialNumber).join(", "),
            }}
          />
          <TabsInAddress
            label="About the user"
            tabs={[
              {
                id: "permissions",
                label: "Permissions",
                content: <AttachedPolicies attached={attached} inline={inline} />,
              },
              {
                id: "groups",
                label: "Groups",
                content: (
                  <PlainTable
                    title="Groups"
                    empty="In no group"
                    items={groups}
                    columns={[
                      {
                        id: "name",
                        header: "Group name",
                        cell: (group) => (
                          <LinkTo to={`/iam/groups/${encodeURIComponent(group.GroupName ?? "")}`}>
                            {group.GroupName}
                          </LinkTo>
                        ),
                      },
                    ]}
                  />
                ),
              },
              {
                id: "credentials",
                label: "Security credentials",
                content: (
                  <PlainTable
                    title="Access keys"
                    empty="No access keys"
                    items={keys}
                    columns={[
                      { id: "id", header: "Access key ID", cell: (one) => one.AccessKeyId },
                      { id: "status", header: "Status", cell: (one) => one.Status },
                      { id: "created", header: "Created", cell: (one) => shownTime(one.CreateDate) },
                    ]}
                  />
                ),
              },
              {
                id: "access_advisor",
                label: "Access Advisor",
                content: user?.Arn === undefined ? null : <AccessAdvisor arn={user.Arn} />,
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
