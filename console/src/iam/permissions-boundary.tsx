import {
  type AttachedPermissionsBoundary,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPermissionsBoundaryCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ButtonRow } from "../parts/button-row.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { ChoosePoliciesModal } from "./choose-policies-modal.tsx";
import { type Identity, identityAction } from "./identity.ts";

/** The policy that bounds what the others of a user or a role may allow. */
export function PermissionsBoundary({
  identity,
  arn,
  boundary,
  onChanged,
}: {
  readonly identity: Identity;
  /** The identity's own. */
  readonly arn: string;
  readonly boundary: AttachedPermissionsBoundary | undefined;
  readonly onChanged: () => void;
}) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [choosing, setChoosing] = useState(false);
  const policy = boundary?.PermissionsBoundaryArn;
  const isUser = identity.kind === "user";

  async function put(PermissionsBoundary: string): Promise<void> {
    const { name } = identity;
    const work = () =>
      isUser
        ? iam.send(new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary }))
        : iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
    if (!(await run(work, "Set the permissions boundary."))) return;
    setChoosing(false);
    onChanged();
  }

  async function remove(): Promise<void> {
    const { name } = identity;
    const work = () =>
      isUser
        ? iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: name }))
        : iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name }));
    if (await run(work, "Removed the permissions boundary.")) onChanged();
  }

  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <ButtonRow>
              <ActionButton
                needs={[{ action: identityAction(identity, "Delete", "PermissionsBoundary"), resource: arn }]}
                disabled={policy === undefined}
                loading={busy}
                onClick={() => void remove()}
              >
                Remove boundary
              </ActionButton>
              <ActionButton
                needs={[{ action: identityAction(identity, "Put", "PermissionsBoundary"), resource: arn }]}
                onClick={() => setChoosing(true)}
              >
                Set boundary
              </ActionButton>
            </ButtonRow>
          }
        >
          Permissions boundary
        </Header>
      }
    >
      {policy === undefined ? (
        <Box color="text-body-secondary">There is none.</Box>
      ) : (
        <LinkTo to={`/iam/policies/${encodeURIComponent(policy)}`}>{policy}</LinkTo>
      )}
      {choosing && (
        <ChoosePoliciesModal
          title="Set the permissions boundary"
          submit="Set"
          selection="single"
          busy={busy}
          onSubmit={([first = ""]) => void put(first)}
          onClose={() => setChoosing(false)}
        />
      )}
    </Container>
  );
}
