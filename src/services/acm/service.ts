import * as acm from "@aws-sdk/client-acm";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { findCertificate } from "./certificate.ts";
import { importCertificate } from "./import-certificate.ts";
import { certificateOperations } from "./operations.ts";
import type { AcmPorts } from "./ports.ts";
import { refused } from "./refused.ts";
import { requestCertificate } from "./request-certificate.ts";
import { addTagsToCertificate, listTagsForCertificate, removeTagsFromCertificate } from "./tags.ts";

/** AWS Certificate Manager: certificates for listeners, issued by a certificate authority of this installation or imported. */
export function createAcmService(ports: AcmPorts): Service {
  const operations: readonly AnyOperation[] = [
    addTagsToCertificate,
    importCertificate(ports),
    listTagsForCertificate,
    removeTagsFromCertificate,
    requestCertificate(ports),
    ...certificateOperations(ports),
  ];
  return {
    signingName: "acm",
    eventSource: "acm.amazonaws.com",
    module: acm,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: certificateFacts,
  };
}

/** The tags of the certificate with an ARN. */
async function certificateFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const found = await findCertificate(rows, arn);
  return { policies: [], ...(found !== undefined && { tags: found.tags }) };
}
