import type { InternalOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job, Rows } from "../../../store/types.ts";
import type { ElbPorts } from "../ports.ts";
import { elbPrincipal } from "../principal.ts";
import { listResources } from "../resource.ts";
import { trafficChanged } from "../traffic/changed.ts";

/** The load balancers with a listener that has a certificate; those of ACM's are of its region, IAM's are of any. */
export async function usersOfCertificate(rows: Rows, certificateArn: string): Promise<readonly string[]> {
  const { account = "", region = "" } = parseArn(certificateArn) ?? {};
  const place = { account: account as AccountId, ...(region !== "" && { region: region as Region }) };
  const listeners = await listResources(rows, "listener", { place });
  const using = listeners.filter(({ document }) => document.certificates.includes(certificateArn));
  return [...new Set(using.map(({ parent }) => parent))];
}

/** Has the listeners of a certificate prove themselves with what is in its place now. */
export function concludeCertificateChange({
  jobs,
}: Pick<ElbPorts, "jobs">): InternalOperation<{ readonly job: Job }, unknown, boolean> {
  return {
    service: "elasticloadbalancing",
    name: "ConcludeCertificateChange",
    onlyFor: elbPrincipal,
    unrecorded: true,
    authorise: () => [],
    async commit(tx, _ctx, { job }) {
      if (!(await jobs.finish(tx, job))) return false;
      // INVARIANT: only ACM writes to the queue.
      const { certificateArn } = job.payload as { readonly certificateArn: string };
      await trafficChanged(tx, await usersOfCertificate(tx, certificateArn));
      return true;
    },
  };
}
