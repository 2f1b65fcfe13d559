import type { Service } from "../../dispatch/service.ts";

const noTrustStores = "clients are not asked for certificates here, so there are no trust stores";
const noCapacity = "a load balancer has the capacity of the machine, none of which can be reserved";

/** What is not there, with the reason that a caller is told. */
export const refused: Service["refused"] = {
  AddTrustStoreRevocations: noTrustStores,
  CreateTrustStore: noTrustStores,
  DeleteSharedTrustStoreAssociation: noTrustStores,
  DeleteTrustStore: noTrustStores,
  DescribeTrustStoreAssociations: noTrustStores,
  DescribeTrustStoreRevocations: noTrustStores,
  DescribeTrustStores: noTrustStores,
  GetResourcePolicy: "only trust stores have resource policies, and there are none here",
  GetTrustStoreCaCertificatesBundle: noTrustStores,
  GetTrustStoreRevocationContent: noTrustStores,
  ModifyTrustStore: noTrustStores,
  RemoveTrustStoreRevocations: noTrustStores,
  ModifyCapacityReservation: noCapacity,
  ModifyIpPools: "there are no IPAM pools here",
};
