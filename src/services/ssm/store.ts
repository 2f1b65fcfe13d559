import type { Migration } from "../../store/types.ts";

/** The tables of Systems Manager. */
export const migrations: readonly Migration[] = [];
