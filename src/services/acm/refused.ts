import type { Service } from "../../dispatch/service.ts";

const noAcme = "there is no ACME server here: request a certificate with RequestCertificate";

const acmeOperations = [
  "CreateAcmeDomainValidation",
  "CreateAcmeEndpoint",
  "CreateAcmeExternalAccountBinding",
  "DeleteAcmeDomainValidation",
  "DeleteAcmeEndpoint",
  "DeleteAcmeExternalAccountBinding",
  "DescribeAcmeAccount",
  "DescribeAcmeDomainValidation",
  "DescribeAcmeEndpoint",
  "DescribeAcmeExternalAccountBinding",
  "GetAcmeExternalAccountBindingCredentials",
  "ListAcmeAccounts",
  "ListAcmeDomainValidations",
  "ListAcmeEndpoints",
  "ListAcmeExternalAccountBindings",
  "ListCertificateDomainValidations",
  "ListTagsForResource",
  "RevokeAcmeAccount",
  "RevokeAcmeExternalAccountBinding",
  "TagResource",
  "UntagResource",
  "UpdateAcmeDomainValidation",
  "UpdateAcmeEndpoint",
];

/** What is not there, with the reason that a caller is told. */
export const refused: Service["refused"] = {
  ...Object.fromEntries(acmeOperations.map((name) => [name, noAcme])),
  RenewCertificate: "certificates are not renewed in their place: request another",
  ResendValidationEmail: "no name is validated by mail here: certificates are issued at once",
  RevokeCertificate:
    "nobody would learn of it: there are no revocation lists of the local certificate authority",
  SearchCertificates: "certificates are listed with ListCertificates",
};
