import { type AddressRange, addressIn } from "./address-range.ts";

/** Names a VPC's range: `vpc-…/172.31.0.0/16`. */
export const rangeKey = (vpcId: string, range: AddressRange): string =>
  `${vpcId}/${addressIn(range, 0)}/${range.length}`;
