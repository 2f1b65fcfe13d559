import { GetUserCommand, IAMClient, ListUserTagsCommand } from "@aws-sdk/client-iam";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { AccessAdvisor } from "./access-advisor.tsx";
import { AccessKeys } from "./access-keys.tsx";
import { ConsolePassword } from "./console-password.tsx";
import { IdentityPolicies } from "./identity-policies.tsx";
import { MfaDevices } from "./mfa-devices.tsx";
import { PermissionsBoundary } from "./permissions-boundary.tsx";
import { UserGroups } from "./user-groups.tsx";

/** IAM → Users → one user. */
export function UserPage() {
  const { name = "" } = useParams();
  const iam = useClient(IAMClient);
  const query = useQuery(async () => {
    const of = { UserName: name };
    const [{ User: user }, { Tags: tags = [] }] = await Promise.all([
      iam.send(new GetUserCommand(of)),
      iam.send(new ListUserTagsCommand(of)),
    ]);
    return { user, tags, arn: user?.Arn ?? "" };
  }, [iam, name]);
  return (
    <ResourcePage title={name} query={query}>
      {({ user, tags, arn }) => (
        <>
          <Details
            title="Summary"
            facts={{
              ARN: user?.Arn,
              Created: shownTime(user?.CreateDate),
              "Last console sign-in": user?.PasswordLastUsed && shownTime(user.PasswordLastUsed),
              Path: user?.Path,
            }}
          />
          <TabsInAddress
            label="About the user"
            tabs={[
              {
                id: "permissions",
                label: "Permissions",
                content: (
                  <SpaceBetween size="l">
                    <IdentityPolicies identity={{ kind: "user", name }} arn={arn} locked={false} />
                    <PermissionsBoundary
                      identity={{ kind: "user", name }}
                      arn={arn}
                      boundary={user?.PermissionsBoundary}
                      onChanged={query.reload}
                    />
                  </SpaceBetween>
                ),
              },
              { id: "groups", label: "Groups", content: <UserGroups user={name} /> },
              {
                id: "credentials",
                label: "Security credentials",
                content: (
                  <SpaceBetween size="l">
                    <ConsolePassword user={name} arn={arn} />
                    <MfaDevices user={name} arn={arn} />
                    <AccessKeys user={name} arn={arn} />
                  </SpaceBetween>
                ),
              },
              { id: "tags", label: "Tags", content: <TagsTable tags={tags} /> },
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
