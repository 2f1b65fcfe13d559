import {
  AddUserToGroupCommand,
  type Group,
  IAMClient,
  paginateListGroups,
  paginateListGroupsForUser,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<Group>[] = [
  linkColumn(
    "Group name",
    (one) => one.GroupName,
    (one) => `/iam/groups/${encodeURIComponent(one.GroupName ?? "")}`,
  ),
  textColumn("Path", (one) => one.Path),
];

/** The groups of a user: added to, removed from. */
export function UserGroups({ user: UserName }: { readonly user: string }) {
  const iam = useClient(IAMClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [adding, setAdding] = useState<readonly string[]>();
  const query = useQuery(
    () => everyPage(paginateListGroupsForUser({ client: iam }, { UserName }), (page) => page.Groups),
    [iam, UserName],
    { follows: "iam" },
  );
  const all = useQuery(
    () => everyPage(paginateListGroups({ client: iam }, {}), (page) => page.Groups),
    [iam],
    { follows: "iam" },
  );
  const needs = (action: string) => [{ action, resource: arnOf("iam", "group/*") }];

  async function add(names: readonly string[]): Promise<void> {
    const went = await run(
      async () => {
        for (const GroupName of names) await iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
      },
      `Added ${UserName} to ${names.join(", ")}.`,
    );
    if (went) setAdding(undefined);
    query.reload();
  }

  async function remove(groups: readonly Group[]): Promise<void> {
    await run(
      async () => {
        for (const { GroupName } of groups)
          await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
      },
      `Removed ${UserName} from ${groups.map((one) => one.GroupName).join(", ")}.`,
    );
    query.reload();
  }

  const others = (all.value ?? [])
    .map(({ GroupName: name = "" }) => name)
    .filter((name) => query.value?.some((one) => one.GroupName === name) !== true)
    .map((name) => ({ value: name, label: name }));

  return (
    <>
      <ResourceTable
        title="Groups"
        name="iam.user-groups"
        embedded
        query={query}
        columns={columns}
        idOf={(one) => one.GroupName ?? ""}
        empty="In no group"
        selection="multi"
        actions={(selected, clear) => (
          <>
            <ActionButton
              needs={needs("iam:RemoveUserFromGroup")}
              disabled={selected.length === 0}
              loading={busy}
              onClick={() => void remove(selected).then(clear)}
            >
              Remove
            </ActionButton>
            <ActionButton needs={needs("iam:AddUserToGroup")} onClick={() => setAdding([])}>
              Add user to groups
            </ActionButton>
          </>
        )}
      />
      {adding !== undefined && (
        <FormModal
          title={`Add ${UserName} to groups`}
          submit="Add"
          busy={busy}
          disabled={adding.length === 0}
          onSubmit={() => void add(adding)}
          onClose={() => setAdding(undefined)}
        >
          <FormField label="Groups">
            <Multiselect
              placeholder="Choose groups"
              filteringType="auto"
              deselectAriaLabel={({ label = "" }) => `Remove ${label}`}
              empty="There is no other group"
              options={others}
              selectedOptions={others.filter(({ value }) => adding.includes(value))}
              onChange={({ detail }) => setAdding(detail.selectedOptions.map(({ value = "" }) => value))}
            />
          </FormField>
        </FormModal>
      )}
    </>
  );
}
