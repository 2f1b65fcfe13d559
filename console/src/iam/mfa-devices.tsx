import {
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  IAMClient,
  ListMFADevicesCommand,
  type MFADevice,
} from "@aws-sdk/client-iam";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { AssignMfaModal } from "./assign-mfa-modal.tsx";

const columns: readonly Column<MFADevice>[] = [
  textColumn("Serial number", (one) => one.SerialNumber),
  timeColumn("Enabled", (one) => one.EnableDate),
];

/** The MFA devices of a user. */
export function MfaDevices({ user: UserName, arn }: { readonly user: string; readonly arn: string }) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [assigning, setAssigning] = useState(false);
  const query = useQuery(
    async () => (await iam.send(new ListMFADevicesCommand({ UserName }))).MFADevices ?? [],
    [iam, UserName],
    { follows: "iam" },
  );

  async function remove({ SerialNumber = "" }: MFADevice): Promise<void> {
    await run(async () => {
      await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
      await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    }, "Removed the MFA device.");
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Multi-factor authentication (MFA)"
        name="iam.mfa"
        embedded
        query={query}
        columns={columns}
        idOf={(one) => one.SerialNumber ?? ""}
        empty="No MFA devices"
        selection="single"
        actions={([selected]) => (
          <>
            <ActionButton
              needs={[{ action: "iam:DeactivateMFADevice", resource: arn }]}
              disabled={selected === undefined}
              loading={busy}
              onClick={() => selected && void remove(selected)}
            >
              Remove
            </ActionButton>
            <ActionButton
              needs={[{ action: "iam:EnableMFADevice", resource: arn }]}
              onClick={() => setAssigning(true)}
            >
              Assign MFA device
            </ActionButton>
          </>
        )}
      />
      {assigning && (
        <AssignMfaModal
          user={UserName}
          onClose={() => {
            setAssigning(false);
            query.reload();
          }}
        />
      )}
    </>
  );
}
