import {
  ECRClient,
  GetLifecyclePolicyPreviewCommand,
  type LifecyclePolicyPreviewResult,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import { useEffect, useState } from "react";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { PlainTable } from "../parts/plain-table.tsx";

/** After the last key, in ms. */
const pauseOfTyping = 700;
/** A preview is asked for again after this, in ms; it is ready in a moment. */
const pause = 300;
const patience = 40;

/** Which images the rules would act on, as they are typed. Nothing is changed. */
export function LifecyclePreview({
  repository,
  text,
}: {
  readonly repository: string;
  readonly text: string;
}) {
  const ecr = useClient(ECRClient);
  const settled = useSettled(text);
  const query = useQuery(
    async () => (isJson(settled) ? previewOf(ecr, repository, settled) : undefined),
    [ecr, repository, settled],
  );
  // Rules that ECR does not take: it says why, in its own words.
  if (query.failure !== undefined) return <FailureAlert failure={query.failure} what="Preview" />;
  return (
    <PlainTable<LifecyclePolicyPreviewResult>
      title="Images that the rules would act on"
      description={
        <Box variant="small">
          {settled === text && query.value !== undefined ? "As the rules stand now." : "Being looked up…"}
        </Box>
      }
      empty="No image"
      items={query.value ?? []}
      columns={[
        textColumn("Image tags", (one) => one.imageTags?.join(", ") ?? "<untagged>"),
        textColumn("Digest", (one) => one.imageDigest),
        timeColumn("Pushed at", (one) => one.imagePushedAt),
        textColumn("Rule", (one) => one.appliedRulePriority),
        textColumn("Action", (one) => one.action?.type),
      ]}
    />
  );
}

/** The text as it stood when no key was pressed for a while. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), pauseOfTyping);
    return () => window.clearTimeout(timer);
  }, [text]);
  return settled;
}

async function previewOf(
  ecr: ECRClient,
  repositoryName: string,
  lifecyclePolicyText: string,
): Promise<readonly LifecyclePolicyPreviewResult[]> {
  await begun(() =>
    ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText })),
  );
  for (let tries = 0; tries < patience; tries++) {
    const { status, previewResults = [] } = await ecr.send(
      new GetLifecyclePolicyPreviewCommand({ repositoryName }),
    );
    if (status === "COMPLETE") return previewResults;
    if (status !== "IN_PROGRESS") throw new Error(`The preview ended as ${status}.`);
    await later();
  }
  throw new Error("The preview is not ready yet. Ask again.");
}

/** Waits for a preview of other rules that is still under way. */
async function begun(start: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await start();
      return;
    } catch (error) {
      const isBusy = error instanceof Error && error.name === "LifecyclePolicyPreviewInProgressException";
      if (!isBusy || tries === patience) throw error;
    }
    await later();
  }
}

const later = (): Promise<void> => new Promise((resolve) => window.setTimeout(resolve, pause));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
