import {
  CloudWatchClient,
  type CompositeAlarm,
  DeleteAlarmsCommand,
  type MetricAlarm,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { linkColumn, statusColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { conditionOf } from "./alarm-condition.ts";

/** An alarm of either kind. */
type Alarm = MetricAlarm & CompositeAlarm;

const columns: readonly Column<Alarm>[] = [
  linkColumn(
    "Name",
    (one) => one.AlarmName,
    (one) => `/cloudwatch/alarms/${encodeURIComponent(one.AlarmName ?? "")}`,
  ),
  statusColumn("State", (one) => one.StateValue),
  timeColumn("Last state update", (one) => one.StateUpdatedTimestamp),
  textColumn("Conditions", conditionOf, { minWidth: 240 }),
  textColumn("Actions", (one) => (one.ActionsEnabled === false ? "Off" : "On")),
  textColumn("State reason", (one) => one.StateReason, { hidden: true }),
  textColumn("ARN", (one) => one.AlarmArn, { hidden: true }),
];

/** CloudWatch → Alarms. */
export function AlarmsPage() {
  const client = useClient(CloudWatchClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [deleting, setDeleting] = useState<readonly Alarm[]>();
  const query = useQuery(
    () =>
      everyPage(
        paginateDescribeAlarms({ client }, { AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
        (page): readonly Alarm[] => [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])],
      ),
    [client],
    { every: 5_000, follows: "cloudwatch" },
  );

  async function remove(alarms: readonly Alarm[]): Promise<void> {
    const names = alarms.map(({ AlarmName = "" }) => AlarmName);
    await run(
      () => client.send(new DeleteAlarmsCommand({ AlarmNames: names })),
      `Deleted ${names.join(", ")}.`,
    );
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Alarms"
        name="cloudwatch.alarms"
        query={query}
        columns={columns}
        idOf={(one) => one.AlarmName ?? ""}
        empty="No alarms in this region"
        selection="multi"
        actions={(selected) => (
          <ActionButton
            needs={[{ action: "cloudwatch:DeleteAlarms", resource: arnOf("cloudwatch", "alarm:*") }]}
            disabled={selected.length === 0}
            onClick={() => setDeleting(selected)}
          >
            Delete
          </ActionButton>
        )}
      />
      {deleting !== undefined && (
        <ConfirmModal
          title={
            deleting.length === 1 ? `Delete ${deleting[0]?.AlarmName}?` : `Delete ${deleting.length} alarms?`
          }
          confirm="Delete"
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          What an alarm makes happen, such as a service being scaled, happens no longer.
        </ConfirmModal>
      )}
    </>
  );
}
