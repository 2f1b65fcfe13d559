/** Strings that people mix up, told apart by the compiler. A cast happens once, where the string is validated. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Twelve decimal digits. */
export type AccountId = Branded<"AccountId">;
/** A region code such as `eu-west-1`. */
export type Region = Branded<"Region">;
/** `arn:partition:service:region:account:resource`. */
export type Arn = Branded<"Arn">;
/** `sha256:<64 lower-case hex digits>`, or `sha512:<128>` (OCI image-spec, "Digests"). */
export type Digest = Branded<"Digest">;
/** `AROA…`: the identity of a role, which a re-created role of the same name does not share. */
export type RoleId = Branded<"RoleId">;
