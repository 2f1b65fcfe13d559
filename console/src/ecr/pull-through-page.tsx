import {
  CreatePullThroughCacheRuleCommand,
  DeletePullThroughCacheRuleCommand,
  ECRClient,
  type PullThroughCacheRule,
  paginateDescribePullThroughCacheRules,
} from "@aws-sdk/client-ecr";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";

const columns: readonly Column<PullThroughCacheRule>[] = [
  { id: "prefix", header: "Cache namespace", value: (rule) => rule.ecrRepositoryPrefix },
  { id: "upstream", header: "Upstream registry", value: (rule) => rule.upstreamRegistryUrl },
  { id: "secret", header: "Credentials", value: (rule) => rule.credentialArn },
  {
    id: "created",
    header: "Created",
    value: (rule) => rule.createdAt?.getTime(),
    cell: (rule) => shownTime(rule.createdAt),
  },
];

/** ECR → Private registry → Pull through cache. */
export function PullThroughPage() {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<readonly PullThroughCacheRule[]>();
  const query = useQuery(
    () =>
      everyPage(
        paginateDescribePullThroughCacheRules({ client: ecr }, {}),
        (page) => page.pullThroughCacheRules,
      ),
    [ecr],
  );

  async function remove(rules: readonly PullThroughCacheRule[], clear: () => void): Promise<void> {
    await run(
      async () => {
        for (const { ecrRepositoryPrefix } of rules) {
          await ecr.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix }));
        }
      },
      rules.length === 1 ? "Deleted the rule." : `Deleted ${rules.length} rules.`,
    );
    clear();
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Pull through cache rules"
        name="ecr.pull-through"
        query={query}
        columns={columns}
        idOf={(rule) => rule.ecrRepositoryPrefix ?? ""}
        empty="No pull through cache rules"
        selection="multi"
        actions={(selected) => (
          <>
            <ActionButton
              needs={[{ action: "ecr:DeletePullThroughCacheRule", resource: "*" }]}
              disabled={selected.length === 0}
              onClick={() => setDeleting(selected)}
            >
              Delete rule
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "ecr:CreatePullThroughCacheRule", resource: "*" }]}
              onClick={() => setAdding(true)}
            >
              Add rule
            </ActionButton>
          </>
        )}
      />
      {adding && (
        <AddRule
          onClose={() => setAdding(false)}
          onAdded={() => {
            setAdding(false);
            query.reload();
          }}
        />
      )}
      {deleting !== undefined && (
        <ConfirmModal
          title={deleting.length === 1 ? "Delete the pull through cache rule?" : "Delete the rules?"}
          confirm="Delete"
          typed="delete"
          busy={busy}
          onConfirm={() => void remove(deleting, () => undefined)}
          onClose={() => setDeleting(undefined)}
        >
          Repositories that it made stay, with what they cache.
        </ConfirmModal>
      )}
    </>
  );
}

function AddRule({ onClose, onAdded }: { readonly onClose: () => void; readonly onAdded: () => void }) {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const [upstream, setUpstream] = useState("");
  const [prefix, setPrefix] = useState("");
  const [secret, setSecret] = useState("");

  async function add(): Promise<void> {
    const command = new CreatePullThroughCacheRuleCommand({
      upstreamRegistryUrl: upstream.trim(),
      ecrRepositoryPrefix: prefix.trim(),
      ...(secret.trim() === "" ? {} : { credentialArn: secret.trim() }),
    });
    const went = await run(() => ecr.send(command), `Added a rule for ${prefix.trim()}.`);
    if (went) onAdded();
    else onClose();
  }

  return (
    <FormModal
      title="Add a pull through cache rule"
      submit="Add"
      busy={busy}
      onSubmit={() => void add()}
      onClose={onClose}
    >
      <FormField label="Upstream registry URL" description="public.ecr.aws, registry-1.docker.io, quay.io …">
        <Input value={upstream} spellcheck={false} onChange={({ detail }) => setUpstream(detail.value)} />
      </FormField>
      <FormField label="Cache namespace" description="What the names of the repositories begin with.">
        <Input value={prefix} spellcheck={false} onChange={({ detail }) => setPrefix(detail.value)} />
      </FormField>
      <FormField
        label="ARN of the credentials"
        description="A secret whose name begins with ecr-pullthroughcache/."
      >
        <Input value={secret} spellcheck={false} onChange={({ detail }) => setSecret(detail.value)} />
      </FormField>
    </FormModal>
  );
}
