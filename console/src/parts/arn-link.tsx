import { LinkTo } from "./link-to.tsx";
import { pageOf } from "./page-of-arn.ts";

/** An ARN that leads to its resource's page, where the console has one. */
export function ArnLink({ arn, children }: { readonly arn: string | undefined; readonly children?: string }) {
  if (arn === undefined || arn === "") return <>–</>;
  const to = pageOf(arn);
  const region = arn.split(":")[3];
  if (to === undefined) return <>{children ?? arn}</>;
  return (
    <LinkTo to={to} {...(region === undefined || region === "" ? {} : { region })}>
      {children ?? arn}
    </LinkTo>
  );
}
