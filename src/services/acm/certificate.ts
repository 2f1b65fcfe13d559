import type * as acm from "@aws-sdk/client-acm";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Sealer, Tx } from "../../store/types.ts";
import { notFound } from "./faults.ts";
import type { CertificateFacts } from "./read-certificate.ts";
import type { AcmTables, CertificateRow } from "./store.ts";

/** Whose certificates: an account in a region. */
export interface Place {
  readonly account: AccountId;
  readonly region: Region;
}

/** What a certificate keeps besides itself and its key. */
export interface CertificateDocument extends CertificateFacts {
  readonly type: "AMAZON_ISSUED" | "IMPORTED";
  readonly validationMethod?: "DNS" | "EMAIL";
  readonly exportable: boolean;
  readonly transparency: "ENABLED" | "DISABLED";
  /** Epoch ms of the last import. */
  readonly importedAt?: number;
  readonly exported?: boolean;
}

export interface Certificate extends Place {
  readonly arn: string;
  readonly token: string | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  /** PEM. */
  readonly body: string;
  readonly chain: string;
  readonly sealedKey: string;
  readonly tags: readonly Tag[];
  readonly document: CertificateDocument;
}

/** What private keys are sealed for. */
export const certificateKey = "acm.certificate";

export async function listCertificates(rows: Rows, { account, region }: Place): Promise<Certificate[]> {
  const found = await rows
    .tables<AcmTables>()
    .selectFrom("acm_certificate")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .orderBy("arn")
    .execute();
  return found.map(certificateOf);
}

export async function findCertificate(rows: Rows, arn: string): Promise<Certificate | undefined> {
  const row = await rows
    .tables<AcmTables>()
    .selectFrom("acm_certificate")
    .selectAll()
    .where("arn", "=", arn)
    .executeTakeFirst();
  return row === undefined ? undefined : certificateOf(row);
}

/** The caller's certificate. @throws Fault `InvalidArnException`, `ResourceNotFoundException`, also for another's. */
export async function needCertificate(
  rows: Rows,
  { account, region }: Place,
  arn: string | undefined = "",
): Promise<Certificate> {
  const parts = parseArn(arn);
  if (parts?.service !== "acm" || !parts.resource.startsWith("certificate/")) {
    throw new Fault("InvalidArnException", `Invalid ARN: ${arn.slice(0, 512)}`);
  }
  const found = await findCertificate(rows, arn);
  if (found === undefined || found.account !== account || found.region !== region) throw notFound(arn);
  return found;
}

export async function insertCertificate(tx: Tx, one: Certificate): Promise<void> {
  const { arn, account, region, token, createdAt } = one;
  await tx
    .tables<AcmTables>()
    .insertInto("acm_certificate")
    .values({ arn, account, region, token: token ?? null, created_at: createdAt, ...changing(one) })
    .execute();
}

export async function saveCertificate(tx: Tx, one: Certificate): Promise<void> {
  await tx
    .tables<AcmTables>()
    .updateTable("acm_certificate")
    .set(changing(one))
    .where("arn", "=", one.arn)
    .execute();
}

export async function removeCertificate(tx: Tx, arn: string): Promise<void> {
  await tx.tables<AcmTables>().deleteFrom("acm_certificate").where("arn", "=", arn).execute();
}

function changing({ body, chain, sealedKey, tags, document }: Certificate) {
  return {
    ...{ body, chain, private_key: sealedKey },
    ...{ tags: JSON.stringify(tags), document: JSON.stringify(document) },
  };
}

function certificateOf(row: CertificateRow): Certificate {
  return {
    arn: row.arn,
    account: row.account as AccountId,
    region: row.region as Region,
    token: row.token ?? undefined,
    createdAt: row.created_at,
    body: row.body,
    chain: row.chain,
    sealedKey: row.private_key,
    tags: JSON.parse(row.tags) as Tag[],
    document: JSON.parse(row.document) as CertificateDocument,
  };
}

/** The certificate with an ARN, its key opened, for what proves itself with it. PEM, the chain behind the certificate. */
export async function viewCertificate(
  rows: Rows,
  sealer: Sealer,
  arn: string,
): Promise<{ readonly certificate: string; readonly privateKey: string } | undefined> {
  const found = await findCertificate(rows, arn);
  const privateKey = found === undefined ? undefined : sealer.open(certificateKey, found.sealedKey);
  if (found === undefined || privateKey === undefined) return undefined;
  return { certificate: [found.body.trim(), found.chain.trim(), ""].join("\n"), privateKey };
}

export function statusOf({ document }: Certificate, now: number): "ISSUED" | "EXPIRED" {
  return now < document.notAfter ? "ISSUED" : "EXPIRED";
}

/** As DescribeCertificate shows it. @param users ARNs of what uses it. @param now epoch ms. */
export function apiCertificate(
  one: Certificate,
  users: readonly string[],
  now: number,
): acm.CertificateDetail {
  const { document } = one;
  const { type, validationMethod, importedAt, notBefore, notAfter } = document;
  const created = new Date(one.createdAt);
  return {
    CertificateArn: one.arn,
    DomainName: document.domainName,
    SubjectAlternativeNames: [...document.names],
    ...(type === "AMAZON_ISSUED" && {
      DomainValidationOptions: document.names.map((name) =>
        validationOf(one, name, validationMethod ?? "DNS"),
      ),
      IssuedAt: created,
    }),
    ...(importedAt !== undefined && { ImportedAt: new Date(importedAt) }),
    Serial: document.serial,
    Subject: document.subject,
    Issuer: document.issuer,
    CreatedAt: created,
    Status: statusOf(one, now),
    NotBefore: new Date(notBefore),
    NotAfter: new Date(notAfter),
    // What is kept is one of the API's names (read-certificate.ts).
    KeyAlgorithm: document.keyAlgorithm as acm.KeyAlgorithm,
    SignatureAlgorithm: document.signatureAlgorithm,
    InUseBy: [...users],
    Type: type,
    KeyUsages: [{ Name: "DIGITAL_SIGNATURE" }, { Name: "KEY_ENCIPHERMENT" }],
    ExtendedKeyUsages: [{ Name: "TLS_WEB_SERVER_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.1" }],
    RenewalEligibility: "INELIGIBLE",
    Options: optionsOf(one),
  };
}

export function optionsOf({ document }: Certificate): acm.CertificateOptions {
  return {
    CertificateTransparencyLoggingPreference: document.transparency,
    Export: document.exportable ? "ENABLED" : "DISABLED",
  };
}

/** AWS: the record whose presence would prove the name. Here nobody asks for it: a name is its owner's word. */
function validationOf(
  { arn, account }: Certificate,
  name: string,
  method: "DNS" | "EMAIL",
): acm.DomainValidation {
  const domain = name.replace(/^\*\./, "");
  const mark = Buffer.from(`${account}/${domain}`).toString("hex").slice(0, 32).padEnd(32, "0");
  const answer = arn.slice(arn.lastIndexOf("/") + 1).replaceAll("-", "");
  return {
    DomainName: name,
    ValidationDomain: domain,
    ValidationStatus: "SUCCESS",
    ValidationMethod: method,
    ...(method === "DNS" && {
      ResourceRecord: {
        Name: `_${mark}.${domain}.`,
        Type: "CNAME",
        Value: `_${answer}.acm-validations.aws.`,
      },
    }),
  };
}
