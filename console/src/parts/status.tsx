import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

/** How states of AWS's services look; any other is neutral. */
const looks: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  active: "success",
  alarm: "error",
  complete: "success",
  completed: "success",
  disabled: "stopped",
  draining: "in-progress",
  enabled: "success",
  failed: "error",
  fulfilled: "success",
  healthy: "success",
  in_progress: "in-progress",
  initial: "pending",
  insufficient_data: "pending",
  inservice: "success",
  inprogress: "in-progress",
  ok: "success",
  overridden: "warning",
  pending: "pending",
  pendingdeletion: "warning",
  provisioning: "in-progress",
  successful: "success",
  unavailable: "warning",
  unhealthy: "error",
};

/** A state in its service's own word, with a sign that says whether it is well. */
export function Status({ of: state }: { readonly of: string | undefined }) {
  if (state === undefined || state === "") return <>–</>;
  return <StatusIndicator type={looks[state.toLowerCase()] ?? "info"}>{state}</StatusIndicator>;
}
