/** Values over time. */
export interface TimeSeries {
  readonly title: string;
  readonly points: readonly { readonly x: Date; readonly y: number }[];
}
