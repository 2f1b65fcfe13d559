import type * as route53 from "@aws-sdk/client-route-53";

/** Continents as Route 53 names them (API Reference, "GeoLocation"). */
const continents: Readonly<Record<string, string>> = {
  AF: "Africa",
  AN: "Antarctica",
  AS: "Asia",
  EU: "Europe",
  NA: "North America",
  OC: "Oceania",
  SA: "South America",
};

/** ISO 3166-1 alpha-2. */
const countries =
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split(
    " ",
  );

/** States of the United States (ISO 3166-2:US). */
const states: Readonly<Record<string, string>> = {
  AK: "Alaska",
  AL: "Alabama",
  AR: "Arkansas",
  AZ: "Arizona",
  CA: "California",
  CO: "Colorado",
  CT: "Connecticut",
  DC: "District of Columbia",
  DE: "Delaware",
  FL: "Florida",
  GA: "Georgia",
  HI: "Hawaii",
  IA: "Iowa",
  ID: "Idaho",
  IL: "Illinois",
  IN: "Indiana",
  KS: "Kansas",
  KY: "Kentucky",
  LA: "Louisiana",
  MA: "Massachusetts",
  MD: "Maryland",
  ME: "Maine",
  MI: "Michigan",
  MN: "Minnesota",
  MO: "Missouri",
  MS: "Mississippi",
  MT: "Montana",
  NC: "North Carolina",
  ND: "North Dakota",
  NE: "Nebraska",
  NH: "New Hampshire",
  NJ: "New Jersey",
  NM: "New Mexico",
  NV: "Nevada",
  NY: "New York",
  OH: "Ohio",
  OK: "Oklahoma",
  OR: "Oregon",
  PA: "Pennsylvania",
  RI: "Rhode Island",
  SC: "South Carolina",
  SD: "South Dakota",
  TN: "Tennessee",
  TX: "Texas",
  UT: "Utah",
  VA: "Virginia",
  VT: "Vermont",
  WA: "Washington",
  WI: "Wisconsin",
  WV: "West Virginia",
  WY: "Wyoming",
};

let names: Intl.DisplayNames | undefined;

/** All that geolocation records can name: continents, then countries (`*` is everywhere else), then states. */
export function allLocations(): readonly route53.GeoLocationDetails[] {
  return [
    ...Object.keys(continents).map((ContinentCode) => describeLocation({ ContinentCode })),
    ...["*", ...countries].flatMap((CountryCode) => [
      describeLocation({ CountryCode }),
      ...(CountryCode === "US"
        ? Object.keys(states).map((SubdivisionCode) => describeLocation({ CountryCode, SubdivisionCode }))
        : []),
    ]),
  ];
}

/** The codes of a location with their names. */
export function describeLocation(location: route53.GeoLocation): route53.GeoLocationDetails {
  const { ContinentCode, CountryCode, SubdivisionCode } = location;
  names ??= new Intl.DisplayNames("en", { type: "region" });
  return {
    ...(ContinentCode !== undefined && { ContinentCode, ContinentName: continents[ContinentCode] ?? "" }),
    ...(CountryCode !== undefined && {
      CountryCode,
      CountryName: CountryCode === "*" ? "Default" : (names.of(CountryCode) ?? ""),
    }),
    ...(SubdivisionCode !== undefined && { SubdivisionCode, SubdivisionName: states[SubdivisionCode] ?? "" }),
  };
}

/** Whether a record can name the location: a continent, or a country, or a country's state. */
export function isGeoLocation({ ContinentCode, CountryCode, SubdivisionCode }: route53.GeoLocation): boolean {
  if (ContinentCode !== undefined)
    return ContinentCode in continents && CountryCode === undefined && SubdivisionCode === undefined;
  if (CountryCode === undefined || !(CountryCode === "*" || countries.includes(CountryCode))) return false;
  return SubdivisionCode === undefined || (CountryCode === "US" && SubdivisionCode in states);
}
