import { ECRClient, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import { ECSClient, paginateListClusters } from "@aws-sdk/client-ecs";
import { IAMClient, paginateListRoles, paginateListUsers } from "@aws-sdk/client-iam";
import type { ClientSettings } from "../aws/client.ts";
import { everyPage } from "../aws/query.ts";

/** A resource that was found, and its page. */
interface Found {
  readonly name: string;
  readonly to: string;
}

/** Resources of one kind. */
interface FoundGroup {
  readonly label: string;
  readonly found: readonly Found[];
}

/** Of each kind so many are shown. */
const most = 8;

/** Looks for resources whose name holds the text. Lists that the caller may not see stay out. */
export async function findResources(settings: ClientSettings, text: string): Promise<readonly FoundGroup[]> {
  const iam = new IAMClient(settings);
  const ecr = new ECRClient(settings);
  const ecs = new ECSClient(settings);
  const sources: readonly (readonly [string, string, () => Promise<readonly (string | undefined)[]>])[] = [
    [
      "IAM roles",
      "/iam/roles/",
      async () =>
        (await everyPage(paginateListRoles({ client: iam, pageSize: 1000 }, {}), (page) => page.Roles)).map(
          (r) => r.RoleName,
        ),
    ],
    [
      "Repositories",
      "/ecr/repositories/",
      async () =>
        (await everyPage(paginateDescribeRepositories({ client: ecr }, {}), (page) => page.repositories)).map(
          (one) => one.repositoryName,
        ),
    ],
    [
      "Clusters",
      "/ecs/clusters/",
      async () =>
        (await everyPage(paginateListClusters({ client: ecs }, {}), (page) => page.clusterArns)).map((arn) =>
          arn.slice(arn.lastIndexOf("/") + 1),
        ),
    ],
    [
      "IAM users",
      "/iam/users/",
      async () =>
        (await everyPage(paginateListUsers({ client: iam, pageSize: 1000 }, {}), (page) => page.Users)).map(
          (u) => u.UserName,
        ),
    ],
  ];
  const wanted = text.toLowerCase();
  const groups = await Promise.all(
    sources.map(async ([label, path, names]) => {
      const all = await names().catch(() => []);
      const found = all
        .flatMap((name) => (name?.toLowerCase().includes(wanted) === true ? [name] : []))
        .slice(0, most)
        .map((name) => ({ name, to: `${path}${encodeURIComponent(name)}` }));
      return { label, found };
    }),
  );
  return groups.filter(({ found }) => found.length > 0);
}
