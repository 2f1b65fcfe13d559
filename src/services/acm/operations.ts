import { createPrivateKey } from "node:crypto";
import type * as acm from "@aws-sdk/client-acm";
import type { AnyOperation, ReadOperation, WriteOperation } from "../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../kernel/page.ts";
import {
  apiCertificate,
  type Certificate,
  certificateKey,
  listCertificates,
  needCertificate,
  optionsOf,
  removeCertificate,
  saveCertificate,
  statusOf,
} from "./certificate.ts";
import { inUse, validation } from "./faults.ts";
import type { AcmPorts } from "./ports.ts";
import type { AcmTables } from "./store.ts";

/** What looks at certificates, and what changes little of them. */
export function certificateOperations(ports: AcmPorts): readonly AnyOperation[] {
  return [
    describeCertificate(ports),
    deleteCertificate(ports),
    exportCertificate(ports),
    listAll(ports),
    getCertificate,
    getAccountConfiguration,
    putAccountConfiguration,
    updateCertificateOptions,
  ];
}

const onCertificate = (name: string, arn = "*") => [{ action: `acm:${name}`, resource: arn }];

function describeCertificate({ usersOf }: AcmPorts): ReadOperation<typeof acm, "DescribeCertificate"> {
  return {
    name: "DescribeCertificate",
    authorise: ({ CertificateArn }) => onCertificate("DescribeCertificate", CertificateArn),
    async read(ctx, { CertificateArn }) {
      const one = await needCertificate(ctx.rows, ctx, CertificateArn);
      return { Certificate: apiCertificate(one, await usersOf(ctx.rows, one.arn), ctx.now) };
    },
  };
}

const getCertificate: ReadOperation<typeof acm, "GetCertificate"> = {
  name: "GetCertificate",
  authorise: ({ CertificateArn }) => onCertificate("GetCertificate", CertificateArn),
  async read(ctx, { CertificateArn }) {
    const { body, chain } = await needCertificate(ctx.rows, ctx, CertificateArn);
    return { Certificate: body, ...(chain !== "" && { CertificateChain: chain }) };
  },
};

function deleteCertificate({ usersOf }: AcmPorts): WriteOperation<typeof acm, "DeleteCertificate"> {
  return {
    name: "DeleteCertificate",
    authorise: ({ CertificateArn }) => onCertificate("DeleteCertificate", CertificateArn),
    async commit(tx, ctx, { CertificateArn }) {
      const { arn } = await needCertificate(tx, ctx, CertificateArn);
      if ((await usersOf(tx, arn)).length > 0) throw inUse(arn);
      await removeCertificate(tx, arn);
      return {};
    },
  };
}

/** AWS: only of a certificate that was requested so; its key leaves encrypted under the passphrase. */
function exportCertificate({ sealer }: AcmPorts): WriteOperation<typeof acm, "ExportCertificate"> {
  return {
    name: "ExportCertificate",
    authorise: async ({ CertificateArn = "*" }, ctx) => {
      const found = (await listCertificates(ctx.rows, ctx)).find(({ arn }) => arn === CertificateArn);
      const context = found === undefined ? {} : { "acm:DomainNames": found.document.names };
      return [{ action: "acm:ExportCertificate", resource: CertificateArn, context }];
    },
    async commit(tx, ctx, { CertificateArn, Passphrase }) {
      const one = await needCertificate(tx, ctx, CertificateArn);
      const key = sealer.open(certificateKey, one.sealedKey);
      if (!one.document.exportable || key === undefined) {
        // Ours.
        throw validation(`Certificate ${one.arn} was not requested with Export ENABLED.`);
      }
      const sealing = { cipher: "aes-256-cbc", passphrase: Buffer.from(Passphrase ?? []) };
      const PrivateKey = createPrivateKey(key)
        .export({ format: "pem", type: "pkcs8", ...sealing })
        .toString();
      await saveCertificate(tx, { ...one, document: { ...one.document, exported: true } });
      return { Certificate: one.body, CertificateChain: one.chain, PrivateKey };
    },
  };
}

/** AWS: certificates with other keys are told only when they are asked for (API Reference, "Filters"). */
const keysByDefault: readonly string[] = ["RSA_1024", "RSA_2048"];

function listAll({ usersOf }: AcmPorts): ReadOperation<typeof acm, "ListCertificates"> {
  return {
    name: "ListCertificates",
    authorise: () => onCertificate("ListCertificates"),
    async read(ctx, input) {
      const { CertificateStatuses, Includes, NextToken, MaxItems = 1_000 } = input;
      const { after } = pageAfter(NextToken, MaxItems, () => validation("The next token is not valid."));
      const keys: readonly string[] = Includes?.keyTypes ?? keysByDefault;
      const { exportOption, extendedKeyUsage, keyUsage } = Includes ?? {};
      const proves = (wanted: readonly string[] | undefined, has: readonly string[]) =>
        wanted === undefined || wanted.some((usage) => usage === "ANY" || has.includes(usage));
      const wanted = (await listCertificates(ctx.rows, ctx))
        .filter((one) => CertificateStatuses?.includes(statusOf(one, ctx.now)) ?? true)
        .filter(({ document }) => keys.includes(document.keyAlgorithm))
        .filter((one) => exportOption === undefined || optionsOf(one).Export === exportOption)
        .filter(() => proves(extendedKeyUsage, ["TLS_WEB_SERVER_AUTHENTICATION"]))
        .filter(() => proves(keyUsage, ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"]))
        .filter(() => Includes?.managedBy === undefined)
        .filter(({ arn }) => arn > after);
      const { rows, next } = cutPage(wanted.slice(0, MaxItems + 1), MaxItems, ({ arn }) => [arn]);
      const summaries = await Promise.all(
        rows.map(async (one) => summaryOf(one, await usersOf(ctx.rows, one.arn), ctx.now)),
      );
      return { CertificateSummaryList: summaries, ...(next !== undefined && { NextToken: next }) };
    },
  };
}

function summaryOf(one: Certificate, users: readonly string[], now: number): acm.CertificateSummary {
  const detail = apiCertificate(one, users, now);
  const { CertificateArn, DomainName, Status, Type, KeyAlgorithm, NotBefore, NotAfter } = detail;
  return {
    ...{ CertificateArn, DomainName, Status, Type, KeyAlgorithm, NotBefore, NotAfter },
    SubjectAlternativeNameSummaries: detail.SubjectAlternativeNames,
    HasAdditionalSubjectAlternativeNames: false,
    KeyUsages: ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"],
    ExtendedKeyUsages: ["TLS_WEB_SERVER_AUTHENTICATION"],
    ExportOption: detail.Options?.Export,
    InUse: users.length > 0,
    Exported: one.document.exported ?? false,
    RenewalEligibility: detail.RenewalEligibility,
    CreatedAt: detail.CreatedAt,
    ...(detail.IssuedAt !== undefined && { IssuedAt: detail.IssuedAt }),
    ...(detail.ImportedAt !== undefined && { ImportedAt: detail.ImportedAt }),
  };
}

const updateCertificateOptions: WriteOperation<typeof acm, "UpdateCertificateOptions"> = {
  name: "UpdateCertificateOptions",
  authorise: ({ CertificateArn = "*", Options }) => [
    {
      action: "acm:UpdateCertificateOptions",
      resource: CertificateArn,
      context: { "acm:ValidationMethod": Options?.ValidationMethod },
    },
  ],
  async commit(tx, ctx, { CertificateArn, Options }) {
    const one = await needCertificate(tx, ctx, CertificateArn);
    if (one.document.type === "IMPORTED") {
      throw validation("The options of an imported certificate cannot be updated.");
    }
    const { CertificateTransparencyLoggingPreference: transparency, Export } = Options ?? {};
    await saveCertificate(tx, {
      ...one,
      document: {
        ...one.document,
        ...(transparency !== undefined && { transparency }),
        ...(Export !== undefined && { exportable: Export === "ENABLED" }),
      },
    });
    return {};
  },
};

/** AWS: the days before expiry from which events are sent when nothing is said. */
const daysByDefault = 45;

const getAccountConfiguration: ReadOperation<typeof acm, "GetAccountConfiguration"> = {
  name: "GetAccountConfiguration",
  authorise: () => onCertificate("GetAccountConfiguration"),
  async read({ rows, account, region }) {
    const found = await rows
      .tables<AcmTables>()
      .selectFrom("acm_configuration")
      .select("days_before_expiry")
      .where("account", "=", account)
      .where("region", "=", region)
      .executeTakeFirst();
    return { ExpiryEvents: { DaysBeforeExpiry: found?.days_before_expiry ?? daysByDefault } };
  },
};

const putAccountConfiguration: WriteOperation<typeof acm, "PutAccountConfiguration"> = {
  name: "PutAccountConfiguration",
  authorise: () => onCertificate("PutAccountConfiguration"),
  async commit(tx, { account, region }, { ExpiryEvents }) {
    const days = ExpiryEvents?.DaysBeforeExpiry ?? daysByDefault;
    await tx
      .tables<AcmTables>()
      .insertInto("acm_configuration")
      .values({ account, region, days_before_expiry: days })
      .onConflict((had) => had.columns(["account", "region"]).doUpdateSet({ days_before_expiry: days }))
      .execute();
    return {};
  },
};
