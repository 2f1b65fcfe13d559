import {
  DeleteRepositoryPolicyCommand,
  ECRClient,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { PolicyText } from "../policies/policy-text.tsx";

/** Who else may use a repository: its resource policy. */
export function PermissionsTab({ repository: repositoryName }: { readonly repository: string }) {
  const ecr = useClient(ECRClient);
  const arnOf = useArns();
  const query = useQuery(async () => {
    try {
      const { policyText = "" } = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
      return policyText;
    } catch (error) {
      if (error instanceof Error && error.name === "RepositoryPolicyNotFoundException") return "";
      throw error;
    }
  }, [ecr, repositoryName]);
  return (
    <PolicyText
      title="Permissions"
      kind="resource"
      query={query}
      save={(policyText) => ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }))}
      needs={[{ action: "ecr:SetRepositoryPolicy", resource: arnOf("ecr", `repository/${repositoryName}`) }]}
      remove={() => ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }))}
    />
  );
}
