import type {
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";

/** What keys of a spec are and can do ("Key spec reference", KMS Developer Guide). */
export interface SpecFacts {
  readonly kind: "symmetric" | "hmac" | "rsa" | "ec";
  /** What they may be made for; the first is taken when a request does not say (only the symmetric spec has one). */
  readonly usages: readonly KeyUsageType[];
  /** Bits of a symmetric key or an RSA modulus. */
  readonly bits?: number;
  /** Node's name of the curve. */
  readonly curve?: string;
  readonly encryption?: readonly EncryptionAlgorithmSpec[];
  readonly signing?: readonly SigningAlgorithmSpec[];
  readonly mac?: readonly MacAlgorithmSpec[];
}

const rsa = (bits: number): SpecFacts => ({
  kind: "rsa",
  bits,
  usages: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  encryption: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
  signing: [
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
  ],
});
const ec = (curve: string, signing: SigningAlgorithmSpec): SpecFacts => ({
  kind: "ec",
  curve,
  usages: ["SIGN_VERIFY"],
  signing: [signing],
});
const hmac = (bits: number): SpecFacts => ({
  kind: "hmac",
  bits,
  usages: ["GENERATE_VERIFY_MAC"],
  mac: [`HMAC_SHA_${bits}` as MacAlgorithmSpec],
});

const facts: { readonly [spec in KeySpec]?: SpecFacts } = {
  SYMMETRIC_DEFAULT: {
    kind: "symmetric",
    bits: 256,
    usages: ["ENCRYPT_DECRYPT"],
    encryption: ["SYMMETRIC_DEFAULT"],
  },
  HMAC_224: hmac(224),
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ec("prime256v1", "ECDSA_SHA_256"),
  ECC_NIST_P384: ec("secp384r1", "ECDSA_SHA_384"),
  ECC_NIST_P521: ec("secp521r1", "ECDSA_SHA_512"),
  ECC_SECG_P256K1: ec("secp256k1", "ECDSA_SHA_256"),
};

/** The facts of a spec, or `undefined` for those that are not made here (SM2, ML-DSA, Edwards curves). */
export function specFacts(spec: KeySpec): SpecFacts | undefined {
  return facts[spec];
}
