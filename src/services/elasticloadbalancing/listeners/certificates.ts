import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { notPermitted, validation } from "../faults.ts";
import { limits } from "../limits.ts";
import { type Elb, onResource, reading, writing } from "../operation.ts";
import { paged } from "../paging.ts";
import type { ElbPorts } from "../ports.ts";
import { amend, type Listener, needResource } from "../resource.ts";
import { trafficChanged } from "../traffic/changed.ts";
import { needCertificate } from "./check-listener.ts";

/** Everything about the certificates of a listener besides its default one, chosen by the name that a client asks for. */
export function certificateOperations(ports: ElbPorts): readonly AnyOperation[] {
  return [addListenerCertificates(ports), removeListenerCertificates, describeListenerCertificates];
}

function refuseInsecure({ document: { protocol } }: Listener): void {
  if (protocol !== "HTTPS" && protocol !== "TLS") {
    throw validation(`A certificate cannot be specified for ${protocol} listeners`);
  }
}

function addListenerCertificates(ports: ElbPorts): WriteOperation<Elb, "AddListenerCertificates"> {
  return {
    name: "AddListenerCertificates",
    authorise: ({ ListenerArn }) => onResource("AddListenerCertificates", ListenerArn),
    async commit(tx, ctx, { ListenerArn, Certificates = [] }) {
      const one = await needResource(tx, ctx, "listener", ListenerArn);
      refuseInsecure(one);
      const added = Certificates.flatMap(({ CertificateArn }) => CertificateArn ?? []);
      for (const arn of added) await needCertificate(tx, ctx, ports, arn);
      const certificates = [...new Set([...one.document.certificates, ...added])];
      // The default certificate is not counted.
      if (certificates.length - 1 > limits.certificatesPerListener) {
        throw new Fault("TooManyCertificates", "The maximum number of certificates has been reached");
      }
      await amend(tx, one, { certificates });
      await trafficChanged(tx, [one.parent]);
      return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) };
    },
  };
}

const removeListenerCertificates = writing(
  "RemoveListenerCertificates",
  ({ ListenerArn }) => onResource("RemoveListenerCertificates", ListenerArn),
  async (tx, ctx, { ListenerArn, Certificates = [] }) => {
    const one = await needResource(tx, ctx, "listener", ListenerArn);
    const [first, ...more] = one.document.certificates;
    const gone = new Set(Certificates.map(({ CertificateArn }) => CertificateArn));
    if (first === undefined) refuseInsecure(one);
    else if (gone.has(first)) {
      throw notPermitted("The default certificate cannot be removed: replace it with ModifyListener");
    } else {
      await amend(tx, one, { certificates: [first, ...more.filter((arn) => !gone.has(arn))] });
      await trafficChanged(tx, [one.parent]);
    }
    return {};
  },
);

const describeListenerCertificates = reading("DescribeListenerCertificates", async (ctx, input) => {
  const one = await needResource(ctx.rows, ctx, "listener", input.ListenerArn);
  const [first] = one.document.certificates;
  const { items, NextMarker } = paged(one.document.certificates, (arn) => arn, input);
  return {
    Certificates: items.map((arn) => ({ CertificateArn: arn, IsDefault: arn === first })),
    NextMarker,
  };
});
