import type { InternalOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import type { IamPorts } from "./ports.ts";
import {
  findIssuer,
  type IssuerDocument,
  issuerById,
  issuerDocument,
  type SigningAlgorithm,
  signToken,
} from "./web-identity-issuer.ts";

/** `FeatureDisabledException`, in the words of the API Reference. */
export function federationDisabled(): Fault {
  return new Fault(
    "FeatureDisabledException",
    "The request failed because outbound identity federation is already disabled for your AWS account.",
  );
}

/** An account that makes web identity tokens, as STS asks for it. */
export interface OutboundIssuer {
  /** The `iss` of its tokens. */
  readonly address: string;
  sign(algorithm: SigningAlgorithm, claims: object): string;
}

/** The account as an issuer, or `undefined` while it makes no tokens. */
export async function outboundIssuer(
  { sealer, issuerAddress }: Pick<IamPorts, "sealer" | "issuerAddress">,
  rows: Rows,
  account: Parameters<typeof findIssuer>[1],
): Promise<OutboundIssuer | undefined> {
  const issuer = await findIssuer(rows, account);
  if (issuer?.enabled !== 1) return undefined;
  return {
    address: issuerAddress(issuer.id),
    sign: (algorithm, claims) => signToken(sealer, issuer, algorithm, claims),
  };
}

/** What the document of an issuer is asked by. */
export interface IssuerDocumentRequest {
  /** The id that the issuer's address ends with. */
  readonly issuer: string;
  readonly document: IssuerDocument;
}

/**
 * Gives out what an issuer publishes, to everybody: it is how others verify its tokens. A disabled issuer publishes
 * on, for the tokens that it has made. Answers `undefined` when there is no such issuer.
 */
export const getIssuerDocument = ({
  sealer,
  issuerAddress,
}: Pick<IamPorts, "sealer" | "issuerAddress">): InternalOperation<
  IssuerDocumentRequest,
  never,
  object | undefined
> => ({
  name: "GetIssuerDocument",
  service: "iam",
  unrecorded: true,
  // Public by its purpose (OpenID Connect Discovery 1.0, section 4).
  authorise: () => [],
  async read({ rows }, { issuer: id, document }) {
    const issuer = await issuerById(rows, id);
    return issuer && issuerDocument(sealer, issuer, document, issuerAddress(id));
  },
});
