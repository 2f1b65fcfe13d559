import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { pageSize } from "../page.ts";
import { allLocations, describeLocation, isGeoLocation } from "./locations.ts";

export const getGeoLocation: ReadOperation<typeof route53, "GetGeoLocation"> = {
  name: "GetGeoLocation",
  authorise: () => [{ action: "route53:GetGeoLocation", resource: "*" }],
  async read(_, { ContinentCode, CountryCode, SubdivisionCode }) {
    const asked = { ContinentCode, CountryCode, SubdivisionCode };
    // AWS: without a code the answer is the default location.
    const location = Object.values(asked).every((code) => code === undefined) ? { CountryCode: "*" } : asked;
    if (!isGeoLocation(location))
      throw new Fault(
        "NoSuchGeoLocation",
        "Amazon Route 53 doesn't support the specified geographic location.",
      );
    return { GeoLocationDetails: describeLocation(location) };
  },
};

export const listGeoLocations: ReadOperation<typeof route53, "ListGeoLocations"> = {
  name: "ListGeoLocations",
  authorise: () => [{ action: "route53:ListGeoLocations", resource: "*" }],
  async read(_, input) {
    const limit = pageSize(input.MaxItems);
    const all = allLocations();
    const start = all.findIndex(
      (location) =>
        (input.StartContinentCode === undefined || location.ContinentCode === input.StartContinentCode) &&
        (input.StartCountryCode === undefined || location.CountryCode === input.StartCountryCode) &&
        (input.StartSubdivisionCode === undefined || location.SubdivisionCode === input.StartSubdivisionCode),
    );
    if (start < 0) throw new Fault("InvalidInput", "There is no such location to start with.");
    const next = all[start + limit];
    return {
      GeoLocationDetailsList: all.slice(start, start + limit),
      IsTruncated: next !== undefined,
      ...(next?.ContinentCode !== undefined && { NextContinentCode: next.ContinentCode }),
      ...(next?.CountryCode !== undefined && { NextCountryCode: next.CountryCode }),
      ...(next?.SubdivisionCode !== undefined && { NextSubdivisionCode: next.SubdivisionCode }),
      MaxItems: limit,
    };
  },
};
