import { GetGroupCommand, IAMClient, paginateGetGroup } from "@aws-sdk/client-iam";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { IdentityPolicies } from "./identity-policies.tsx";

/** IAM → User groups → one group. */
export function GroupPage() {
  const { name = "" } = useParams();
  const iam = useClient(IAMClient);
  const query = useQuery(async () => {
    const of = { GroupName: name };
    const [{ Group: group }, users] = await Promise.all([
      iam.send(new GetGroupCommand({ ...of, MaxItems: 1 })),
      everyPage(paginateGetGroup({ client: iam }, of), (page) => page.Users),
    ]);
    return { group, users };
  }, [iam, name]);
  return (
    <ResourcePage title={name} query={query}>
      {({ group, users }) => (
        <>
          <PlainTable
            title="Users"
            empty="No users"
            items={users}
            columns={[
              {
                id: "name",
                header: "User name",
                cell: (user) => (
                  <LinkTo to={`/iam/users/${encodeURIComponent(user.UserName ?? "")}`}>
                    {user.UserName}
                  </LinkTo>
                ),
              },
            ]}
          />
          <IdentityPolicies identity={{ kind: "group", name }} arn={group?.Arn ?? ""} locked={false} />
        </>
      )}
    </ResourcePage>
  );
}
