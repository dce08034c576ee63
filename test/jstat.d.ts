/** What the tests use of jStat; it ships no types. */
declare module "jstat" {
  const jStat: {
    readonly beta: {
      /** The quantile of Beta(a, b) at p, to about 9 digits and rounded either way. */
      inv(p: number, a: number, b: number): number;
    };
  };
  export = jStat;
}
