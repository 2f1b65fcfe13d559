import * as kms from "@aws-sdk/client-kms";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { cancelKeyDeletion } from "./operations/cancel-key-deletion.ts";
import { createAlias } from "./operations/create-alias.ts";
import { createGrant } from "./operations/create-grant.ts";
import { createKey } from "./operations/create-key.ts";
import { decrypt } from "./operations/decrypt.ts";
import { deleteAlias } from "./operations/delete-alias.ts";
import { describeKey } from "./operations/describe-key.ts";
import { disableKey } from "./operations/disable-key.ts";
import { disableKeyRotation } from "./operations/disable-key-rotation.ts";
import { enableKey } from "./operations/enable-key.ts";
import { enableKeyRotation } from "./operations/enable-key-rotation.ts";
import { encrypt } from "./operations/encrypt.ts";
import { generateDataKey } from "./operations/generate-data-key.ts";
import { generateDataKeyWithoutPlaintext } from "./operations/generate-data-key-without-plaintext.ts";
import { generateMac } from "./operations/generate-mac.ts";
import { generateRandom } from "./operations/generate-random.ts";
import { getKeyPolicy } from "./operations/get-key-policy.ts";
import { getKeyRotationStatus } from "./operations/get-key-rotation-status.ts";
import { getPublicKey } from "./operations/get-public-key.ts";
import { listAliases } from "./operations/list-aliases.ts";
import { listGrants } from "./operations/list-grants.ts";
import { listKeyPolicies } from "./operations/list-key-policies.ts";
import { listKeyRotations } from "./operations/list-key-rotations.ts";
import { listKeys } from "./operations/list-keys.ts";
import { listResourceTags } from "./operations/list-resource-tags.ts";
import { listRetirableGrants } from "./operations/list-retirable-grants.ts";
import { makeManagedKey } from "./operations/make-managed-key.ts";
import { putKeyPolicy } from "./operations/put-key-policy.ts";
import { reEncrypt } from "./operations/re-encrypt.ts";
import { retireGrant } from "./operations/retire-grant.ts";
import { revokeGrant } from "./operations/revoke-grant.ts";
import { rotateKeyOnDemand } from "./operations/rotate-key-on-demand.ts";
import { scheduleKeyDeletion } from "./operations/schedule-key-deletion.ts";
import { sign } from "./operations/sign.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateAlias } from "./operations/update-alias.ts";
import { updateKeyDescription } from "./operations/update-key-description.ts";
import { verify } from "./operations/verify.ts";
import { verifyMac } from "./operations/verify-mac.ts";
import type { KmsPorts } from "./ports.ts";
import { keyFacts } from "./resource-facts.ts";
import type { KeyUse } from "./symmetric.ts";

const noStores = "there are no custom key stores here: KMS keeps its keys itself";
const noImport = "key material is made by KMS here, and not imported";
const noReplicas = "keys are of one region here";

const noPairs = "pairs of data keys are not made here: make a data key, or an asymmetric key";
const noAgreement = "keys agree on no secrets here";

/** What is not there, with the reason that a caller is told. */
const refused: Service["refused"] = {
  ConnectCustomKeyStore: noStores,
  CreateCustomKeyStore: noStores,
  DeleteCustomKeyStore: noStores,
  DescribeCustomKeyStores: noStores,
  DisconnectCustomKeyStore: noStores,
  UpdateCustomKeyStore: noStores,
  DeleteImportedKeyMaterial: noImport,
  GetParametersForImport: noImport,
  ImportKeyMaterial: noImport,
  GenerateDataKeyPair: noPairs,
  GenerateDataKeyPairWithoutPlaintext: noPairs,
  DeriveSharedSecret: noAgreement,
  Decapsulate: noAgreement,
  Encapsulate: noAgreement,
  GetKeyLastUsage: "when keys were last used is not kept; the audit trail tells",
  ReplicateKey: noReplicas,
  UpdatePrimaryRegion: noReplicas,
};

/** AWS KMS: keys with policies, aliases and grants, and what is done with them. */
export function createKmsService(ports: KmsPorts): Service {
  const use: KeyUse = { sealer: ports.sealer, makeManagedKey: makeManagedKey(ports) };
  const operations: readonly AnyOperation[] = [
    cancelKeyDeletion,
    createAlias,
    createGrant(ports),
    createKey(ports),
    decrypt(use),
    deleteAlias,
    describeKey,
    disableKey,
    disableKeyRotation,
    enableKey,
    enableKeyRotation,
    encrypt(use),
    generateDataKey(use),
    generateDataKeyWithoutPlaintext(use),
    generateMac(use),
    generateRandom,
    getKeyPolicy(ports),
    getKeyRotationStatus,
    getPublicKey(use),
    listAliases,
    listGrants(ports),
    listKeyPolicies,
    listKeyRotations,
    listKeys,
    listResourceTags,
    listRetirableGrants(ports),
    putKeyPolicy(ports),
    reEncrypt(use),
    retireGrant,
    revokeGrant,
    rotateKeyOnDemand(ports),
    scheduleKeyDeletion,
    sign(use),
    tagResource,
    untagResource,
    updateAlias,
    updateKeyDescription,
    verify(use),
    verifyMac(use),
  ];
  return {
    signingName: "kms",
    eventSource: "kms.amazonaws.com",
    module: kms,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: keyFacts,
  };
}
