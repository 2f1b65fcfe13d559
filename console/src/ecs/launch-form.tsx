import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient, type LaunchType, type NetworkConfiguration } from "@aws-sdk/client-ecs";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { Segments } from "../parts/segments.tsx";
import { type Choice, definitionChoices, hasOwnInterface, networkChoices } from "./launch-options.ts";

/** What a service and a task that is run have in common, as the form has it. */
export interface Launch {
  readonly definition: string;
  readonly count: string;
  readonly launchType: LaunchType;
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  readonly publicAddress: boolean;
  readonly exec: boolean;
}

export const firstLaunch: Launch = {
  ...{ definition: "", count: "1", launchType: "FARGATE", subnets: [], groups: [] },
  ...{ publicAddress: true, exec: false },
};

/** The network of tasks that have an interface of their own; nothing when no subnet was chosen. */
export function networkOf({
  subnets,
  groups,
  publicAddress,
  launchType,
}: Launch): NetworkConfiguration | undefined {
  if (subnets.length === 0) return undefined;
  return {
    awsvpcConfiguration: {
      subnets: [...subnets],
      securityGroups: groups.length === 0 ? undefined : [...groups],
      // AWS: tasks on instances get no public address.
      assignPublicIp: launchType === "FARGATE" ? (publicAddress ? "ENABLED" : "DISABLED") : undefined,
    },
  };
}

/** The fields of what is launched: which definition, how many, on what, and in which network. */
export function LaunchForm({
  launch,
  countLabel,
  onChange,
}: {
  readonly launch: Launch;
  readonly countLabel: string;
  readonly onChange: (launch: Launch) => void;
}) {
  const ecs = useClient(ECSClient);
  const ec2 = useClient(EC2Client);
  const definitions = useQuery(() => definitionChoices(ecs), [ecs]);
  const own = useQuery(() => hasOwnInterface(ecs, launch.definition), [ecs, launch.definition]);
  const network = useQuery(() => networkChoices(ec2), [ec2]);
  const set = (part: Partial<Launch>): void => onChange({ ...launch, ...part });
  const chosen = (choices: readonly Choice[] | undefined, values: readonly string[]): readonly Choice[] =>
    (choices ?? []).filter(({ value }) => values.includes(value));
  return (
    <SpaceBetween size="m">
      {definitions.failure !== undefined && (
        <FailureAlert failure={definitions.failure} what="Task definitions" />
      )}
      <FormField label="Task definition">
        <Select
          filteringType="auto"
          placeholder="Choose a revision"
          empty="No task definitions in this region"
          statusType={definitions.loading ? "loading" : "finished"}
          options={definitions.value ?? []}
          selectedOption={chosen(definitions.value, [launch.definition])[0] ?? null}
          onChange={({ detail }) => set({ definition: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label={countLabel}>
        <Input type="number" value={launch.count} onChange={({ detail }) => set({ count: detail.value })} />
      </FormField>
      <Segments
        label="Launch type"
        selectedId={launch.launchType}
        options={[
          { id: "FARGATE", text: "Fargate" },
          { id: "EC2", text: "EC2" },
        ]}
        onChange={({ detail }) => set({ launchType: detail.selectedId === "EC2" ? "EC2" : "FARGATE" })}
      />
      {own.value === true && (
        <SpaceBetween size="m">
          {network.failure !== undefined && <FailureAlert failure={network.failure} what="Networks" />}
          <FormField label="Subnets">
            <Multiselect
              filteringType="auto"
              placeholder="Choose subnets"
              options={network.value?.subnets ?? []}
              selectedOptions={chosen(network.value?.subnets, launch.subnets)}
              onChange={({ detail }) =>
                set({ subnets: detail.selectedOptions.flatMap(({ value }) => value ?? []) })
              }
            />
          </FormField>
          <FormField label="Security groups" description="The default group of the VPC when none is chosen.">
            <Multiselect
              filteringType="auto"
              placeholder="Choose security groups"
              options={network.value?.groups ?? []}
              selectedOptions={chosen(network.value?.groups, launch.groups)}
              onChange={({ detail }) =>
                set({ groups: detail.selectedOptions.flatMap(({ value }) => value ?? []) })
              }
            />
          </FormField>
          {launch.launchType === "FARGATE" && (
            <Checkbox
              checked={launch.publicAddress}
              onChange={({ detail }) => set({ publicAddress: detail.checked })}
            >
              Assign public IP addresses
            </Checkbox>
          )}
        </SpaceBetween>
      )}
      <Checkbox
        checked={launch.exec}
        description="Commands can be run in the containers, as the task role allows."
        onChange={({ detail }) => set({ exec: detail.checked })}
      >
        Enable ECS Exec
      </Checkbox>
    </SpaceBetween>
  );
}
