import {
  DeleteRegistryPolicyCommand,
  ECRClient,
  GetRegistryPolicyCommand,
  PutRegistryPolicyCommand,
} from "@aws-sdk/client-ecr";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { PolicyText } from "../policies/policy-text.tsx";

/** ECR → Private registry → Permissions: who may replicate to this registry, and pull through it. */
export function RegistryPolicyPage() {
  const ecr = useClient(ECRClient);
  const query = useQuery(async () => {
    try {
      return (await ecr.send(new GetRegistryPolicyCommand({}))).policyText ?? "";
    } catch (error) {
      if (error instanceof Error && error.name === "RegistryPolicyNotFoundException") return "";
      throw error;
    }
  }, [ecr]);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Which other accounts may replicate to this registry, create repositories and pull through it."
        >
          Registry permissions
        </Header>
      }
    >
      <PolicyText
        title="Registry policy"
        kind="resource"
        query={query}
        save={(policyText) => ecr.send(new PutRegistryPolicyCommand({ policyText }))}
        needs={[{ action: "ecr:PutRegistryPolicy", resource: "*" }]}
        remove={() => ecr.send(new DeleteRegistryPolicyCommand({}))}
      />
    </ContentLayout>
  );
}
