import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ArnLink } from "../parts/arn-link.tsx";
import { nameInArn } from "./names.ts";

/** What a rule does, in its order; target groups lead to their pages. */
export function Actions({ actions }: { readonly actions: readonly Action[] }) {
  return (
    <>
      {actions.map((action, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an action is its place in the order.
        <div key={index}>
          <OneAction action={action} />
        </div>
      ))}
    </>
  );
}

function OneAction({ action }: { readonly action: Action }) {
  const { Type: type, RedirectConfig: redirect, FixedResponseConfig: fixed } = action;
  if (type === "forward") return <Forward action={action} />;
  if (redirect !== undefined) {
    const { Protocol: protocol, Host: host, Port: port, Path: path, StatusCode: code } = redirect;
    return (
      <>
        redirect to {protocol}://{host}:{port}
        {path} ({code})
      </>
    );
  }
  if (fixed !== undefined) return <>answer {fixed.StatusCode}</>;
  return <>{type}</>;
}

function Forward({ action }: { readonly action: Action }) {
  const named = action.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: action.TargetGroupArn }];
  const groups: readonly { readonly TargetGroupArn?: string; readonly Weight?: number }[] =
    action.ForwardConfig?.TargetGroups ?? named;
  return (
    <>
      forward to{" "}
      {groups.map(({ TargetGroupArn: arn = "", Weight: weight }, index) => (
        <span key={arn}>
          {index > 0 && ", "}
          <ArnLink arn={arn}>{nameInArn(arn)}</ArnLink>
          {groups.length > 1 && ` (${weight ?? 1})`}
        </span>
      ))}
    </>
  );
}
