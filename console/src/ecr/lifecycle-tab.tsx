import {
  DeleteLifecyclePolicyCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand,
  type LifecyclePolicyPreviewResult,
  PutLifecyclePolicyCommand,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { PlainTable } from "../parts/plain-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { PolicyText } from "../policies/policy-text.tsx";

/** A preview is asked for again after this, in ms; it is ready in a moment. */
const pause = 500;
const patience = 20;

/** Which images go by themselves, and which would go by rules that are not kept yet. */
export function LifecycleTab({ repository: repositoryName }: { readonly repository: string }) {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const [preview, setPreview] = useState<readonly LifecyclePolicyPreviewResult[]>();
  const query = useQuery(async () => {
    try {
      const { lifecyclePolicyText = "" } = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
      return lifecyclePolicyText;
    } catch (error) {
      if (error instanceof Error && error.name === "LifecyclePolicyNotFoundException") return "";
      throw error;
    }
  }, [ecr, repositoryName]);

  async function previewOf(lifecyclePolicyText: string): Promise<void> {
    await run(async () => {
      await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }));
      for (let tries = 0; tries < patience; tries++) {
        const { status, previewResults = [] } = await ecr.send(
          new GetLifecyclePolicyPreviewCommand({ repositoryName }),
        );
        if (status === "COMPLETE") {
          setPreview(previewResults);
          return;
        }
        if (status !== "IN_PROGRESS") throw new Error(`The preview ended as ${status}.`);
        await new Promise((resolve) => window.setTimeout(resolve, pause));
      }
      throw new Error("The preview is not ready yet. Ask again.");
    }, "The preview is below. Nothing was changed.");
  }

  return (
    <SpaceBetween size="l">
      <PolicyText
        title="Lifecycle policy"
        kind="json"
        query={query}
        save={(lifecyclePolicyText) =>
          ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }))
        }
        remove={() => ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }))}
        more={(text) => (
          <Button loading={busy} disabled={text === ""} onClick={() => void previewOf(text)}>
            Preview
          </Button>
        )}
      />
      {preview !== undefined && (
        <PlainTable
          title="Images that the rules would act on"
          empty="No image"
          items={preview}
          columns={[
            { id: "tags", header: "Image tags", cell: (one) => one.imageTags?.join(", ") ?? "<untagged>" },
            { id: "digest", header: "Digest", cell: (one) => one.imageDigest },
            { id: "pushed", header: "Pushed at", cell: (one) => shownTime(one.imagePushedAt) },
            { id: "rule", header: "Rule", cell: (one) => one.appliedRulePriority },
            { id: "action", header: "Action", cell: (one) => one.action?.type },
          ]}
        />
      )}
    </SpaceBetween>
  );
}
