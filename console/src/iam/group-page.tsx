import {
  IAMClient,
  paginateGetGroup,
  paginateListAttachedGroupPolicies,
  paginateListGroupPolicies,
} from "@aws-sdk/client-iam";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { AttachedPolicies } from "./attached-policies.tsx";

/** IAM → User groups → one group. */
export function GroupPage() {
  const { name = "" } = useParams();
  const iam = useClient(IAMClient);
  const query = useQuery(async () => {
    const of = { GroupName: name };
    const [users, attached, inline] = await Promise.all([
      everyPage(paginateGetGroup({ client: iam }, of), (page) => page.Users),
      everyPage(paginateListAttachedGroupPolicies({ client: iam }, of), (page) => page.AttachedPolicies),
      everyPage(paginateListGroupPolicies({ client: iam }, of), (page) => page.PolicyNames),
    ]);
    return { users, attached, inline };
  }, [iam, name]);
  return (
    <ResourcePage title={name} query={query}>
      {({ users, attached, inline }) => (
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
          <AttachedPolicies attached={attached} inline={inline} />
        </>
      )}
    </ResourcePage>
  );
}
