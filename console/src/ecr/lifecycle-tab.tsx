import {
  DeleteLifecyclePolicyCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { PolicyText } from "../policies/policy-text.tsx";
import { LifecyclePreview } from "./lifecycle-preview.tsx";

/** Which images go by themselves; while rules are typed, which would go by them. */
export function LifecycleTab({ repository: repositoryName }: { readonly repository: string }) {
  const ecr = useClient(ECRClient);
  const arnOf = useArns();
  const [draft, setDraft] = useState<string>();
  const query = useQuery(async () => {
    try {
      const { lifecyclePolicyText = "" } = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
      return lifecyclePolicyText;
    } catch (error) {
      if (error instanceof Error && error.name === "LifecyclePolicyNotFoundException") return "";
      throw error;
    }
  }, [ecr, repositoryName]);
  const text = draft ?? query.value ?? "";

  return (
    <SpaceBetween size="l">
      <PolicyText
        title="Lifecycle policy"
        kind="json"
        query={query}
        save={(lifecyclePolicyText) =>
          ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }))
        }
        needs={[{ action: "ecr:PutLifecyclePolicy", resource: arnOf("ecr", `repository/${repositoryName}`) }]}
        remove={() => ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }))}
        onDraft={setDraft}
      />
      {text !== "" && <LifecyclePreview repository={repositoryName} text={text} />}
    </SpaceBetween>
  );
}
