import { IAMClient } from "@aws-sdk/client-iam";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { ChoosePoliciesModal } from "./choose-policies-modal.tsx";
import {
  attach,
  attachedTo,
  detach,
  type Identity,
  identityAction,
  inlineOf,
  removeInline,
} from "./identity.ts";
import { InlinePolicyModal } from "./inline-policy-modal.tsx";

interface HeldPolicy {
  readonly name: string;
  /** Of a managed policy. */
  readonly arn: string | undefined;
}

/** The policies of a user, group or role, managed and inline; attached, written and removed here. */
export function IdentityPolicies({
  identity,
  arn,
  locked,
}: {
  readonly identity: Identity;
  /** The identity's own. */
  readonly arn: string;
  /** Nothing may be changed: the role is its service's. */
  readonly locked: boolean;
}) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [dialog, setDialog] = useState<"attach" | "inline" | "remove">();
  const [chosen, setChosen] = useState<readonly HeldPolicy[]>([]);
  const query = useQuery(
    async (): Promise<readonly HeldPolicy[]> => {
      const [attached, inline] = await Promise.all([attachedTo(iam, identity), inlineOf(iam, identity)]);
      return [
        ...attached.map((one) => ({ name: one.PolicyName ?? "", arn: one.PolicyArn })),
        ...inline.map((name) => ({ name, arn: undefined })),
      ];
    },
    [iam, identity.kind, identity.name],
    { follows: "iam" },
  );
  const open = (which: typeof dialog, policies: readonly HeldPolicy[]): void => {
    setChosen(policies);
    setDialog(which);
  };
  const close = (): void => setDialog(undefined);

  async function attachAll(arns: readonly string[]): Promise<void> {
    const went = await run(
      async () => {
        for (const one of arns) await attach(iam, identity, one);
      },
      arns.length === 1 ? "Attached the policy." : `Attached ${arns.length} policies.`,
    );
    if (went) close();
    query.reload();
  }

  async function removeAll(): Promise<void> {
    await run(
      async () => {
        for (const { name, arn: policy } of chosen) {
          if (policy === undefined) await removeInline(iam, identity, name);
          else await detach(iam, identity, policy);
        }
      },
      chosen.length === 1 ? `Removed ${chosen[0]?.name}.` : `Removed ${chosen.length} policies.`,
    );
    close();
    query.reload();
  }

  const columns: readonly Column<HeldPolicy>[] = [
    {
      id: "name",
      header: "Policy name",
      value: ({ name }) => name,
      cell: (policy) =>
        policy.arn === undefined ? (
          <Link
            href="#"
            onFollow={(event) => {
              event.preventDefault();
              open("inline", [policy]);
            }}
          >
            {policy.name}
          </Link>
        ) : (
          <LinkTo to={`/iam/policies/${encodeURIComponent(policy.arn)}`}>{policy.name}</LinkTo>
        ),
    },
    { id: "kind", header: "Type", value: kindOf },
  ];

  return (
    <>
      <ResourceTable
        title="Permissions policies"
        name="iam.identity-policies"
        embedded
        description={locked ? "Only its service may change what this role may do." : undefined}
        query={query}
        columns={columns}
        idOf={({ name, arn: policy }) => policy ?? name}
        empty="No policies"
        {...(locked ? {} : { selection: "multi" as const })}
        actions={(selected) =>
          !locked && (
            <>
              <ActionButton
                needs={[...new Set(selected.map(removalOf))].map((verb) => ({
                  action: identityAction(identity, verb, "Policy"),
                  resource: arn,
                }))}
                disabled={selected.length === 0}
                onClick={() => open("remove", selected)}
              >
                Remove
              </ActionButton>
              <ActionButton
                needs={[{ action: identityAction(identity, "Put", "Policy"), resource: arn }]}
                onClick={() => open("inline", [])}
              >
                Create inline policy
              </ActionButton>
              <ActionButton
                variant="primary"
                needs={[{ action: identityAction(identity, "Attach", "Policy"), resource: arn }]}
                onClick={() => open("attach", [])}
              >
                Attach policies
              </ActionButton>
            </>
          )
        }
      />
      {dialog === "attach" && (
        <ChoosePoliciesModal
          title={`Attach policies to ${identity.name}`}
          submit="Attach"
          selection="multi"
          busy={busy}
          onSubmit={(arns) => void attachAll(arns)}
          onClose={close}
        />
      )}
      {dialog === "inline" && (
        <InlinePolicyModal
          identity={identity}
          name={chosen[0]?.name}
          locked={locked}
          onClose={close}
          onSaved={query.reload}
        />
      )}
      {dialog === "remove" && (
        <ConfirmModal
          title={chosen.length === 1 ? `Remove ${chosen[0]?.name}?` : `Remove ${chosen.length} policies?`}
          confirm="Remove"
          busy={busy}
          onConfirm={() => void removeAll()}
          onClose={close}
        >
          Managed policies are detached and stay. Inline policies are deleted. Either binds at the next call.
        </ConfirmModal>
      )}
    </>
  );
}

const removalOf = ({ arn }: HeldPolicy): "Delete" | "Detach" => (arn === undefined ? "Delete" : "Detach");

function kindOf({ arn }: HeldPolicy): string {
  if (arn === undefined) return "Inline";
  return arn.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed";
}
