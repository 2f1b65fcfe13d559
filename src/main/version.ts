/** The version in package.json; the build holds the two together. */
export const version = "0.1.0";
