import {
  CreateVirtualMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  type VirtualMFADevice,
} from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";
import { SecretText } from "../parts/secret-text.tsx";

/** Assigns a virtual MFA device: its name, then its QR code and two codes of the app in a row. */
export function AssignMfaModal({ user, onClose }: { readonly user: string; readonly onClose: () => void }) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [name, setName] = useState(user);
  const [device, setDevice] = useState<VirtualMFADevice>();
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");

  async function create(): Promise<void> {
    await run(async () => {
      const { VirtualMFADevice: made } = await iam.send(
        new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name.trim() }),
      );
      setDevice(made);
    }, "Created the device. Enter two of its codes to enable it.");
  }

  async function enable({ SerialNumber }: VirtualMFADevice): Promise<void> {
    const codes = { AuthenticationCode1: first.trim(), AuthenticationCode2: second.trim() };
    const command = new EnableMFADeviceCommand({ UserName: user, SerialNumber, ...codes });
    if (await run(() => iam.send(command), "Enabled the MFA device.")) onClose();
  }

  /** A device that was never enabled is of no use to anybody. */
  async function cancel(): Promise<void> {
    const { SerialNumber } = device ?? {};
    if (SerialNumber !== undefined) {
      await run(
        () => iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber })),
        "Deleted the device that was not enabled.",
      );
    }
    onClose();
  }

  if (device === undefined) {
    return (
      <FormModal
        title="Assign MFA device"
        submit="Next"
        busy={busy}
        disabled={name.trim() === ""}
        onSubmit={() => void create()}
        onClose={onClose}
      >
        <FormField label="Device name">
          <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      </FormModal>
    );
  }
  const seed = new TextDecoder().decode(device.Base32StringSeed);
  return (
    <FormModal
      title="Set up the device"
      submit="Add MFA"
      busy={busy}
      disabled={first.trim() === "" || second.trim() === ""}
      onSubmit={() => void enable(device)}
      onClose={() => void cancel()}
    >
      <SpaceBetween size="m">
        {device.QRCodePNG !== undefined && (
          <img src={pngOf(device.QRCodePNG)} width={200} height={200} alt="QR code of the MFA device" />
        )}
        <SecretText
          title="Secret key"
          action="Show"
          note="For an app that cannot read the code."
          retrieve={() => Promise.resolve(seed)}
        />
        <FormField label="MFA code 1">
          <Input value={first} inputMode="numeric" onChange={({ detail }) => setFirst(detail.value)} />
        </FormField>
        <FormField label="MFA code 2" description="The next code that the app shows.">
          <Input value={second} inputMode="numeric" onChange={({ detail }) => setSecond(detail.value)} />
        </FormField>
      </SpaceBetween>
    </FormModal>
  );
}

function pngOf(bytes: Uint8Array): string {
  return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`;
}
