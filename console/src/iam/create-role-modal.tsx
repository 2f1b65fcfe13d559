import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";
import { PolicyEditor } from "../policies/policy-editor.tsx";
import { useSession } from "../session/session.ts";

/** Services that take roles here, and what for. */
const services: readonly (readonly [string, string])[] = [
  ["ecs-tasks.amazonaws.com", "ECS tasks: task role and execution role"],
  ["ecs.amazonaws.com", "ECS: infrastructure of services and volumes"],
  ["ec2.amazonaws.com", "EC2: instance role"],
  ["events.amazonaws.com", "EventBridge: targets of rules"],
  ["cloudformation.amazonaws.com", "CloudFormation: service role of stacks"],
  ["ecr.amazonaws.com", "ECR: repository creation templates"],
];

/** Makes a role: whom it trusts, then its policies on its own page. */
export function CreateRoleModal({ onClose }: { readonly onClose: () => void }) {
  const iam = useClient(IAMClient);
  const navigate = useNavigate();
  const session = useSession();
  const { run, busy } = useAction();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const options = [
    ...services.map(([value, label]) => ({ value, label, description: value })),
    { value: "account", label: "This account: its users and roles", description: session?.account ?? "" },
  ];
  const [trusted, setTrusted] = useState(options[0]);
  const [trust, setTrust] = useState(() => trustOf({ Service: services[0]?.[0] ?? "" }));

  async function create(): Promise<void> {
    const RoleName = name.trim();
    const command = new CreateRoleCommand({
      ...{ RoleName, AssumeRolePolicyDocument: trust },
      ...(description.trim() === "" ? {} : { Description: description.trim() }),
    });
    if (!(await run(() => iam.send(command), `Created the role ${RoleName}.`))) return;
    onClose();
    void navigate(`/iam/roles/${encodeURIComponent(RoleName)}`);
  }

  return (
    <FormModal
      title="Create role"
      submit="Create"
      size="large"
      busy={busy}
      disabled={name.trim() === ""}
      onSubmit={() => void create()}
      onClose={onClose}
    >
      <FormField label="Role name">
        <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <FormField label="Trusted entity" description="Who may take the role. It fills in the document below.">
        <Select
          options={options}
          selectedOption={trusted ?? null}
          onChange={({ detail }) => {
            const { value = "" } = detail.selectedOption;
            setTrusted(options.find((one) => one.value === value));
            setTrust(
              value === "account"
                ? trustOf({ AWS: `arn:aws:iam::${session?.account ?? ""}:root` })
                : trustOf({ Service: value }),
            );
          }}
        />
      </FormField>
      <PolicyEditor kind="trust" label="Trust policy" value={trust} onChange={setTrust} />
    </FormModal>
  );
}

function trustOf(Principal: Readonly<Record<string, string>>): string {
  const statement = { Effect: "Allow", Principal, Action: "sts:AssumeRole" };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);
}
