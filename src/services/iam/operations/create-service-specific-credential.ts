import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { keyOwner } from "../access-keys.ts";
import { credentialsOf, ownerId } from "../owned-credentials.ts";
import type { IamPorts } from "../ports.ts";
import { quotaExceeded } from "../quotas.ts";
import {
  apiNewServiceCredential,
  freeAlias,
  newServiceSecret,
  requireCredentialService,
  serviceCredentialSecret,
} from "../service-credentials.ts";
import type { IamTables, ServiceCredentialRow } from "../store.ts";
import { onUserOrCaller } from "../users.ts";

/** Makes a user name and password, or an API key, for one service; the answer tells the secret. */
export const createServiceSpecificCredential = ({
  sealer,
}: IamPorts): WriteOperation<typeof iam, "CreateServiceSpecificCredential"> => ({
  name: "CreateServiceSpecificCredential",

  async authorise(input, ctx) {
    const context = {
      "iam:ServiceSpecificCredentialServiceName": input.ServiceName,
      "iam:ServiceSpecificCredentialAgeDays": input.CredentialAgeDays?.toString(),
    };
    const wanted = await onUserOrCaller(ctx, "iam:CreateServiceSpecificCredential", input.UserName);
    return wanted.map((one) => ({ ...one, context }));
  },

  async commit(tx, { account, random, now }, input) {
    const { UserName, ServiceName: service, CredentialAgeDays: age } = input;
    requireCredentialService(service);
    const user = await keyOwner(tx, account, UserName);
    const userName = user.name ?? UserName;
    const credentials = await credentialsOf(tx, "iam_service_credential", account, user);
    const same = credentials.filter((one) => one.service === service);
    // CreateServiceSpecificCredential: "a maximum of two sets of service-specific credentials for each supported service".
    if (same.length >= 2) throw quotaExceeded("ServiceSpecificCredentialsPerUser", 2);
    const alias = freeAlias(userName, account, same);
    const secret = newServiceSecret({ service, alias }, random);
    const row: ServiceCredentialRow = {
      id: uniqueId("ACCA", random),
      account,
      owner_id: ownerId(account, user),
      active: 1,
      created_at: now,
      service,
      alias,
      secret: sealer.seal(serviceCredentialSecret, secret),
      expires_at: age === undefined ? null : now + age * day,
    };
    await tx.tables<IamTables>().insertInto("iam_service_credential").values(row).execute();
    return { ServiceSpecificCredential: apiNewServiceCredential(row, userName, secret) };
  },
});
